#include "actors/shard_batch.hpp"

#include "actors/local_sockets.hpp"
#include "actors/node_core.hpp"
#include "actors/shard.hpp"

namespace pushmesh::actors {

struct shard_batch::job final : shard_job {
  explicit job(local_sockets& s, const packet_frames& f) : sockets(s), frames(f) {}
  void run(shard&) override {
    for (const auto& o : orders) {
      if (o.call)
        o.call(sockets);
      else if (o.frame)
        sockets.emit(o.to, o.frame);
      else
        emit(o);
    }
  }
  void emit(const order& o) {
    if (!sockets.may_reach(*o.to)) return sockets.emit_to_nobody();
    payload args;
    args.json = o.args;
    sockets.emit(o.to, frames.event(*o.to, o.event, args));
  }
  local_sockets& sockets;
  const packet_frames& frames;
  std::vector<order> orders;
  std::shared_ptr<void> token;
};

shard_batch::shard_batch(node_core& core) : core_(core), jobs_(core.shards().size()) {}
shard_batch::~shard_batch() = default;

shard_batch::job& shard_batch::job_for(shard& s) {
  auto& slot = jobs_[s.index()];
  if (!slot) slot = std::make_unique<job>(core_.sockets_of(s), core_.frames());
  return *slot;
}

void shard_batch::emit(shard& s, std::shared_ptr<const address> to, net::frame_ref frame) {
  job_for(s).orders.push_back({std::move(to), std::move(frame), {}, {}, {}});
}

void shard_batch::emit(shard& s, std::shared_ptr<const address> to, std::string_view event,
                       std::string_view args) {
  job_for(s).orders.push_back({std::move(to), {}, event, args, {}});
}

void shard_batch::run(shard& s, std::function<void(local_sockets&)> f) {
  job_for(s).orders.push_back({{}, {}, {}, {}, std::move(f)});
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
