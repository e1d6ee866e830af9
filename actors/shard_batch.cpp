#include "actors/shard_batch.hpp"

#include "actors/local_sockets.hpp"
#include "actors/node_core.hpp"
#include "actors/shard.hpp"

namespace pushmesh::actors {

struct shard_batch::job final : shard_job {
  explicit job(local_sockets& s) : sockets(s) {}
  void run(shard&) override {
    for (const auto& o : orders) o.call ? o.call(sockets) : sockets.emit(o.to, o.frame);
  }
  local_sockets& sockets;
  std::vector<order> orders;
  std::shared_ptr<void> token;
};

shard_batch::shard_batch(node_core& core) : core_(core), jobs_(core.shards().size()) {}
shard_batch::~shard_batch() = default;

shard_batch::job& shard_batch::job_for(shard& s) {
  auto& slot = jobs_[s.index()];
  if (!slot) slot = std::make_unique<job>(core_.sockets_of(s));
  return *slot;
}

void shard_batch::emit(shard& s, std::shared_ptr<const address> to, net::frame_ref frame) {
  job_for(s).orders.push_back({std::move(to), std::move(frame), {}});
}

void shard_batch::run(shard& s, std::function<void(local_sockets&)> f) {
  job_for(s).orders.push_back({{}, {}, std::move(f)});
}

void shard_batch::submit(std::shared_ptr<void> token) {
  const auto all_or_none = core_.emitting();
  for (std::size_t i = 0; i < jobs_.size(); ++i) {
    if (!jobs_[i]) continue;
    jobs_[i]->token = token;
    core_.shards()[i]->push_without_waiting(std::move(jobs_[i]));
  }
}

}  // namespace pushmesh::actors
