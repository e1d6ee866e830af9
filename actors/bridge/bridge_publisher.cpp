#include "actors/bridge/bridge_publisher.hpp"

#include <algorithm>
#include <utility>

#include "actors/bridge/feed_port.hpp"
#include "actors/cluster_port.hpp"
#include "actors/node_core.hpp"
#include "actors/shard.hpp"
#include "net/protocol/bridge/bridge_publish.hpp"
#include "net/redis/subscription.hpp"

namespace pushmesh::actors {

bridge_publisher::bridge_publisher(node_core& core, std::string key, std::string uid,
                                   bool own_emits)
    : core_(core),
      key_(std::move(key)),
      uid_(std::move(uid)),
      head_(net::publish_head(uid_)),
      own_emits_(own_emits) {}

void bridge_publisher::use(shard& home, net::redis::subscription* redis) {
  redis_ = redis;
  home_ = redis ? &home : nullptr;
}

/// Sockets of live nodes are no business of anybody else.
bool bridge_publisher::all_are_ours(const address& to) const {
  if (to.everybody) return false;
  const auto is_ours = [this](const std::string& room) {
    const auto id = socket_id::parse(room);
    return id &&
           (core_.is_local_id(room) || (core_.cluster() && core_.cluster()->knows(id->tag())));
  };
  return std::all_of(to.rooms.begin(), to.rooms.end(), is_ours);
}

bridge_publisher::message bridge_publisher::encode(const address& to, std::string_view event,
                                                   const payload& args) const {
  const net::bridge_publish p{uid_,     to.nsp,    event,         args.json, args.attachments,
                              to.rooms, to.except, to.is_volatile};
  return {net::publish_channel(key_, p), net::encode_publish(p), {}};
}

void bridge_publisher::publish(const address& to, std::string_view event, const payload& args) {
  if (!own_emits_ || all_are_ours(to)) return;
  auto* const home = home_.load(std::memory_order_acquire);
  if (!home) {
    auto* const others = core_.cluster();
    const auto taken = others && others->feeds().forward(to, event, args);
    ++(taken ? forwarded_ : dropped_);
    return;
  }
  auto m = encode(to, event, args);
  const auto bytes = m.bytes.size();
  if (waiting_->fetch_add(bytes) + bytes > max_waiting) {
    waiting_->fetch_sub(bytes);
    ++dropped_;
    return;
  }
  m.waiting =
      std::shared_ptr<void>(nullptr, [bytes, all = waiting_](void*) { all->fetch_sub(bytes); });
  home->post([this, m = std::move(m)]() mutable { send(std::move(m)); });
}

void bridge_publisher::publish_here(const address& to, std::string_view event,
                                    const payload& args) {
  send(encode(to, event, args));
}

void bridge_publisher::send(message m) {
  if (!redis_) {
    ++dropped_;
    return;
  }
  redis_->publish(m.channel, m.bytes, [this, waiting = m.waiting](net::redis::redis_result r) {
    ++(r ? published_ : dropped_);
  });
}

}  // namespace pushmesh::actors
