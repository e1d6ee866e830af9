#include "cluster/client/client_core.hpp"

#include <utility>

#include "cluster/client/client_sink.hpp"

namespace pushmesh::cluster {

namespace {

constexpr int warn = 2, error = 3;

call_bounds bounds_of(const client_options& o) {
  return {o.max_pending, o.max_waiting_bytes, o.unreachable_after};
}

}  // namespace

client_core::client_core(client_options options)
    : options_(std::move(options)),
      calls_(bounds_of(options_)),
      completions_([this](const std::string& line) { log(error, line); }) {}

void client_core::log(int level, const std::string& line) {
  if (level == warn) {
    std::lock_guard lock(mutex_);
    complaint_ = line.starts_with("cluster: ") ? line.substr(9) : line;
  }
  if (options_.log) options_.log(level, line);
}

std::string client_core::node() const {
  std::lock_guard lock(mutex_);
  return calls_.node();
}

void client_core::peer_up(const peer_ref& peer) {
  call_table::completions due;
  {
    std::lock_guard lock(mutex_);
    link_ = peer->link;
    complaint_.clear();
    const auto to = [outbox = peer->outbox](std::string_view item, bool is_volatile) {
      using taken = call_table::taken;
      if (outbox->push(item, {.is_volatile = is_volatile, .request = {}}) == push_result::accepted)
        return taken::yes;
      return outbox->is_closed() ? taken::gone : taken::full;
    };
    due = calls_.node_up(peer->name(), to, clock::now());
  }
  completions_.run(std::move(due));
}

void client_core::peer_down(const peer_ref& peer) {
  call_table::completions due;
  {
    std::lock_guard lock(mutex_);
    if (peer->link != link_) return;
    link_ = 0;
    due = calls_.node_down("node " + peer->name() + " was lost before it answered");
  }
  completions_.run(std::move(due));
}

std::unique_ptr<item_sink> client_core::open_sink(const peer_ref& peer) {
  return std::make_unique<client_sink>(*this, peer);
}

void client_core::tick(clock::time_point now) {
  call_table::completions due;
  {
    std::lock_guard lock(mutex_);
    due = calls_.expire(now, why_unreachable());
  }
  completions_.run(std::move(due));
}

std::string client_core::why_unreachable() const {
  std::string sentence = "no node can be reached at ";
  for (std::size_t i = 0; i < options_.nodes.size(); ++i)
    sentence += (i == 0 ? "" : ", ") + options_.nodes[i];
  return complaint_.empty() ? sentence : sentence + ": " + complaint_;
}

void client_core::stop() {
  call_table::completions due;
  {
    std::lock_guard lock(mutex_);
    due = calls_.stop();
  }
  completions_.run(std::move(due));
  completions_.finish();
}

}  // namespace pushmesh::cluster
