#include "cluster/link/bridge_feeds.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "actors/namespace_state.hpp"
#include "actors/node_core.hpp"
#include "actors/shard.hpp"
#include "cluster/link/wire_address.hpp"

namespace pushmesh::cluster {

namespace {

constexpr auto info = static_cast<int>(actors::log_level::info);
constexpr auto warn = static_cast<int>(actors::log_level::warn);

/// For the bridge's shard. Links never wait for a shard.
struct bridge_call final : actors::shard_job {
  explicit bridge_call(std::function<void()> f) : call(std::move(f)) {}
  void run(actors::shard&) override { call(); }
  std::function<void()> call;
};

actors::feed_lease_id id_of(const peer_ref& peer, std::uint64_t number) {
  return {std::string(peer->identity.tag_view()), number};
}

}  // namespace

bridge_feeds::bridge_feeds(actors::node_core& core, std::uint64_t seed)
    : core_(core), lease_(std::string(core.tag().data(), core.tag().size()), seed) {}

/// Runs `call` on the bridge's shard.
void bridge_feeds::on_bridge(std::function<void()> call) const {
  if (home_ && call) home_->push_without_waiting(std::make_unique<bridge_call>(std::move(call)));
}

void bridge_feeds::log_lines(std::unique_lock<std::mutex>& lock) {
  auto lines = std::exchange(lines_, {});
  lock.unlock();
  for (const auto& [level, line] : lines)
    core_.log(static_cast<actors::log_level>(level), "emitter bridge: " + line);
}

std::string bridge_feeds::name_of(link_id link) const {
  const auto found = peers_.find(link);
  return found == peers_.end() ? "?" : found->second->name();
}

void bridge_feeds::send(const feed_lease::orders& orders) {
  for (const auto& o : orders)
    if (const auto found = peers_.find(o.link); found != peers_.end())
      found->second->outbox->send(wire_v1::feed_ask{o.number, o.wanted});
}

/// After each change of the lease.
void bridge_feeds::settle() {
  send(lease_.tick(clock::now()));
  leased_ = lease_.number() != 0;
}

// ---- the bridge of this node --------------------------------------------------------------------

void bridge_feeds::expect(actors::shard& home, std::string_view key) {
  std::lock_guard lock(mutex_);
  home_ = &home;
  key_ = key;
  lease_.has_own(key_);
}

void bridge_feeds::bridging(bool live) {
  std::lock_guard lock(mutex_);
  if (std::exchange(live_, live) == live) return;
  if (!live) {
    std::lock_guard fed_lock(fed_mutex_);
    fed_.clear();
    feeding_ = false;
  }
  for (const auto& [link, peer] : peers_) peer->outbox->send(wire_v1::bridging{live, key_});
}

void bridge_feeds::grant(const actors::feed_lease_id& lease) {
  std::unique_lock lock(mutex_);
  for (const auto& [link, peer] : peers_) {
    if (peer->identity.tag_view() != lease.tag) continue;
    say(info, "feeding node " + peer->name() + ", which has no Redis now");
    std::lock_guard fed_lock(fed_mutex_);
    std::erase_if(fed_, [&](const auto& f) { return f.peer->link == link; });
    fed_.push_back({peer, lease.number});
    feeding_ = true;
    peer->outbox->send(wire_v1::feed_news{lease.number, wire_v1::feed_event::granted});
  }
  log_lines(lock);
}

void bridge_feeds::hand_over(const actors::feed_lease_id& lease) {
  std::unique_lock lock(mutex_);
  for (const auto& [link, peer] : peers_) {
    if (peer->identity.tag_view() != lease.tag) continue;
    std::lock_guard fed_lock(fed_mutex_);
    const auto ended = std::erase_if(fed_, [&](const auto& f) { return f.peer->link == link; });
    feeding_ = !fed_.empty();
    peer->outbox->send(wire_v1::feed_news{lease.number, wire_v1::feed_event::handed_over});
    if (ended > 0) say(info, "node " + peer->name() + " is fed no more: it has Redis again");
  }
  log_lines(lock);
}

void bridge_feeds::feed_server_event(std::string_view nsp, std::string_view event,
                                     const payload& args) {
  std::shared_lock lock(fed_mutex_);
  std::size_t dropped = 0;
  const wire_v1::server_emit item{nsp, event, args.json, {}, blobs_of(args)};
  for (const auto& f : fed_) dropped += f.peer->outbox->send(item) != push_result::accepted;
  count(fed_.size(), dropped);
}

void bridge_feeds::own_lost() {
  std::lock_guard lock(mutex_);
  lease_.own_lost();
  settle();
}

std::uint64_t bridge_feeds::own_live() {
  std::lock_guard lock(mutex_);
  return lease_.own_live();
}

void bridge_feeds::give_up(std::uint64_t number) {
  std::lock_guard lock(mutex_);
  send(lease_.give_up(number));
  settle();
}

std::string bridge_feeds::feeder() const {
  std::lock_guard lock(mutex_);
  return lease_.feeder() != 0 ? name_of(lease_.feeder()) : std::string();
}

bool bridge_feeds::forward(const actors::address& to, std::string_view event, const payload& args) {
  peer_ref feeder;
  {
    std::lock_guard lock(mutex_);
    const auto found = peers_.find(lease_.feeder());
    if (found == peers_.end()) return false;
    feeder = found->second;
  }
  const wire_v1::publish item{on_wire(to), event, args.json, blobs_of(args)};
  return feeder->outbox->send(item, {.is_volatile = to.is_volatile, .request = {}}) ==
         push_result::accepted;
}

// ---- the links ----------------------------------------------------------------------------------

void bridge_feeds::peer_up(const peer_ref& peer) {
  std::lock_guard lock(mutex_);
  peers_[peer->link] = peer;
  if (live_) peer->outbox->send(wire_v1::bridging{true, key_});
}

void bridge_feeds::peer_down(const peer_ref& peer) {
  std::unique_lock lock(mutex_);
  peers_.erase(peer->link);
  {
    std::lock_guard fed_lock(fed_mutex_);
    std::erase_if(fed_, [&](const auto& f) { return f.peer->link == peer->link; });
    feeding_ = !fed_.empty();
  }
  on_bridge([this, id = id_of(peer, 0)] {
    if (bridge_) bridge_->on_feed_released(id);
  });
  on_bridge(lost_feeder(lease_.peer_stopped(peer->link), peer->name(), "it is down"));
  log_lines(lock);
}

std::function<void()> bridge_feeds::lost_feeder(const std::optional<feed_lease::end>& e,
                                                const std::string& name, std::string_view why) {
  if (e && e->was_granted && !core_.shutting_down())
    say(warn, "node " + name + " feeds us no more, " + std::string(why) +
                  ": what is published until another one does is missed");
  settle();
  if (!e) return {};
  return [this, number = e->number] {
    if (bridge_) bridge_->on_feeder_lost(number);
  };
}

void bridge_feeds::tick(clock::time_point) {
  std::lock_guard lock(mutex_);
  settle();
}

std::function<void()> bridge_feeds::take(const peer_ref& peer, const wire_v1::bridging& x) {
  std::unique_lock lock(mutex_);
  const auto before = lease_.peer_stopped(peer->link);
  if (x.live)
    lease_.peer_bridges(peer->link, std::string(peer->identity.tag_view()), std::string(x.key));
  auto then = lost_feeder(before, peer->name(), "its Redis is gone");
  log_lines(lock);
  return then;
}

void bridge_feeds::take(const peer_ref& peer, const wire_v1::feed_ask& x) {
  std::lock_guard lock(mutex_);
  on_bridge([this, id = id_of(peer, x.number), link = peer->link, wanted = x.wanted] {
    if (!wanted) drop_fed(link, id.number);
    if (!bridge_) return;
    wanted ? bridge_->on_feed_asked(id) : bridge_->on_feed_released(id);
  });
}

void bridge_feeds::drop_fed(link_id link, std::uint64_t number) {
  std::lock_guard lock(fed_mutex_);
  std::erase_if(fed_, [&](const auto& f) { return f.peer->link == link && f.number == number; });
  feeding_ = !fed_.empty();
}

std::function<void()> bridge_feeds::take(const peer_ref& peer, const wire_v1::feed_news& x) {
  std::unique_lock lock(mutex_);
  if (x.event == wire_v1::feed_event::granted) {
    if (lease_.granted(peer->link, x.number)) {
      ++leases_;
      say(info, "node " + peer->name() + " feeds us with what is published");
    }
    log_lines(lock);
    return {};
  }
  const auto e = lease_.handed_over(peer->link, x.number, clock::now());
  settle();
  if (!e || !e->while_live) return {};
  return [this, number = e->number] {
    if (bridge_) bridge_->on_handed_over(number);
  };
}

std::function<void()> bridge_feeds::take(const wire_v1::publish& x) {
  return [this, to = from_wire(x.to), event = std::string(x.event), args = payload_of_item(x)] {
    if (bridge_) bridge_->on_publish(to, event, args);
  };
}

actors::shard* bridge_feeds::home() const {
  std::lock_guard lock(mutex_);
  return home_;
}

// ---- the mesh -----------------------------------------------------------------------------------

void bridge_feeds::keep_fed(std::vector<peer_ref>& peers) const {
  std::shared_lock lock(fed_mutex_);
  std::erase_if(peers, [this](const peer_ref& p) {
    return std::none_of(fed_.begin(), fed_.end(),
                        [&p](const fed_peer& f) { return f.peer->link == p->link; });
  });
}

bridge_feeds::figures bridge_feeds::look() const {
  figures f;
  f.feeder = feeder();
  {
    std::lock_guard lock(mutex_);
    f.leases = leases_;
  }
  std::shared_lock lock(fed_mutex_);
  for (const auto& one : fed_) f.fed.push_back(one.peer->name());
  f.fed_items = items_;
  f.fed_dropped = dropped_;
  return f;
}

}  // namespace pushmesh::cluster
