#include "actors/bridge/bridge_feed.hpp"

#include <algorithm>
#include <chrono>

#include "actors/cluster_port.hpp"
#include "actors/node_core.hpp"
#include "actors/shard.hpp"
#include "net/protocol/bridge/feed_marker.hpp"

namespace pushmesh::actors {

namespace {

using marks = net::feed_marker::kind;

/// A marker takes one round trip to Redis, and the other node's word one over the link.
constexpr auto switch_patience = std::chrono::seconds(5);

}  // namespace

bridge_feed::deadline::deadline(bridge_feed& f)
    : timer_node([](timer_node& n) { static_cast<deadline&>(n).owner.give_up(); }), owner(f) {}

bridge_feed::bridge_feed(node_core& core, shard& home, net::redis::subscription& redis,
                         const net::bridge_channels& channels, std::string own_probe,
                         bridge_counters& counters, deliver to, publish by)
    : core_(core),
      home_(home),
      port_(core.cluster()->feeds()),
      redis_(redis),
      channels_(channels),
      own_probe_(std::move(own_probe)),
      counters_(counters),
      deliver_(std::move(to)),
      publish_(std::move(by)) {
  port_.attach(this);
}

bridge_feed::~bridge_feed() {
  port_.bridging(false);
  port_.attach(nullptr);
}

void bridge_feed::server_event(std::string_view nsp, std::string_view event, const payload& args) {
  if (port_.feeding()) port_.feed_server_event(nsp, event, args);
}

void bridge_feed::on_message(std::string_view channel, std::string payload) {
  if (channels_.is_probe(channel)) return on_marker(channel, payload);
  switch (switch_.on_message(port_.leased())) {
    case feed_switch::verdict::deliver:
      return deliver_(channel, std::move(payload));
    case feed_switch::verdict::hold:
      return hold(channel, std::move(payload));
    case feed_switch::verdict::ignore:
      return;
  }
}

void bridge_feed::on_marker(std::string_view channel, std::string_view text) {
  const auto marker = net::decode_feed_marker(text);
  if (!marker) return;  // a probe of the subscription, or nonsense
  const auto mine = channel == own_probe_;
  if (marker->what == marks::start) {
    if (mine) granted({std::string(marker->tag), marker->number});
    return;
  }
  if (mine) {
    if (switch_.own_marker(marker->number)) own_counts();
    return;
  }
  // Another node's own Redis is back: here ends what we feed it.
  const feed_lease_id lease{std::string(channels_.probe_id(channel).substr(0, core_.tag().size())),
                            marker->number};
  if (!switch_.on_own()) return;
  if (markers_.size() >= max_remembered) markers_.clear();
  markers_[lease.tag] = lease.number;
  std::erase(asked_, lease);
  port_.hand_over(lease);
}

// ---- this node feeds ----------------------------------------------------------------------------

// Not from here on but from a place in the row of messages that is behind all that the other node
// can have had from anybody else: nothing comes twice.
void bridge_feed::on_feed_asked(const feed_lease_id& lease) {
  if (!switch_.on_own()) return;  // it asks somebody else when it hears so
  if (const auto known = markers_.find(lease.tag);
      known != markers_.end() && known->second == lease.number)
    return port_.hand_over(lease);
  on_feed_released({lease.tag, 0});  // a node has one at a time
  asked_.push_back(lease);
  const auto text = net::encode_feed_marker({marks::start, lease.tag, lease.number});
  redis_.publish(own_probe_, text, [this, lease](net::redis::redis_result r) {
    // Without the right to publish there are no places.
    if (!r && r.error().code == net::redis::redis_errc::refused) granted(lease);
  });
}

void bridge_feed::granted(const feed_lease_id& lease) {
  if (std::erase(asked_, lease) > 0) port_.grant(lease);
}

void bridge_feed::on_feed_released(const feed_lease_id& lease) {
  std::erase_if(asked_, [&](const feed_lease_id& a) {
    return a.tag == lease.tag && (lease.number == 0 || a.number == lease.number);
  });
}

void bridge_feed::on_publish(const address& to, std::string_view event, const payload& args) {
  publish_(to, event, args);
}

// ---- this node may be fed -----------------------------------------------------------------------

void bridge_feed::on_live() {
  const auto lease = port_.own_live();
  switch_.live(lease);
  if (lease == 0) return own_counts();
  home_.loop().timers().arm(deadline_, home_.loop().now(), switch_patience);
  redis_.publish(own_probe_, net::encode_feed_marker({marks::stop, {}, lease}),
                 [this](net::redis::redis_result r) {
                   // Without the right to publish we stay with who feeds us.
                   if (!r && r.error().code == net::redis::redis_errc::refused) deadline_.cancel();
                 });
}

void bridge_feed::on_down() {
  deadline_.cancel();
  drop_held();
  switch_.down();
  asked_.clear();
  markers_.clear();
  port_.bridging(false);
  port_.own_lost();
}

void bridge_feed::hold(std::string_view channel, std::string payload) {
  held_bytes_ += channel.size() + payload.size();
  held_.emplace_back(channel, std::move(payload));
  if (held_bytes_ > max_held_bytes) give_up();
}

void bridge_feed::drop_held() {
  counters_.missed.add(static_cast<std::int64_t>(held_.size()));
  held_.clear();
  held_bytes_ = 0;
}

void bridge_feed::own_counts() {
  deadline_.cancel();
  held_bytes_ = 0;
  for (auto held = std::exchange(held_, {}); !held.empty(); held.pop_front())
    deliver_(held.front().first, std::move(held.front().second));
  port_.bridging(true);
}

void bridge_feed::on_handed_over(std::uint64_t number) {
  if (switch_.handed_over(number)) own_counts();
}

void bridge_feed::on_feeder_lost(std::uint64_t number) {
  if (switch_.feeder_lost(number)) own_counts();
}

// A new connection has a new place to begin at.
void bridge_feed::give_up() {
  const auto lease = switch_.switching();
  if (lease == 0) return;
  core_.log(log_level::warn,
            "emitter bridge: the node that feeds us did not see our marker: do both have the same "
            "Redis? Connecting again without it");
  drop_held();
  port_.give_up(lease);
  redis_.restart("to leave the node that fed us");
}

}  // namespace pushmesh::actors
