#include "cluster/node/node_bridge.hpp"

#include <future>

#include "actors/bridge/bridge.hpp"
#include "actors/bridge/bridge_publisher.hpp"
#include "actors/bridge/feed_port.hpp"
#include "actors/cluster_port.hpp"
#include "actors/node_core.hpp"
#include "actors/shard.hpp"

namespace pushmesh {

node_bridge::node_bridge() = default;
node_bridge::~node_bridge() = default;

void node_bridge::configure(const server_options& options) {
  const auto& tls = options.redis_tls;
  if (tls.given() && !options.redis.starts_with("rediss://"))
    throw start_error("redis_tls_*: they are for a Redis whose URL begins with rediss://");
  if (options.redis.empty()) return;
  auto url = net::redis::parse_redis_url(options.redis);
  // The text itself may hold a password.
  if (!url) throw start_error("redis: this is no URL of a Redis: " + url.error());
  if (options.redis_key.empty()) throw start_error("redis-key: it must not be empty");
  actors::redis_place place{std::move(*url), nullptr, options.redis_key};
  if (place.url.tls) {
    auto loaded = net::tls_connector::load(tls, "redis_tls_");
    if (!loaded) throw start_error(loaded.error());
    place.tls = std::move(*loaded);
  }
  where_ = std::move(place);
}

// The uid is the same for all nodes of a cluster, so none has to learn those of the others first.
void node_bridge::prepare(actors::node_core& core, const server_options& options) {
  cluster_ = core.cluster();
  const auto wanted = options.bridge.publish_emits;
  if (!where_ && !(wanted && core.cluster())) return;
  const auto& tag = core.tag();
  auto uid =
      "pushmesh:" + (core.cluster() ? options.cluster.name : std::string(tag.data(), tag.size()));
  auto made =
      std::make_unique<actors::bridge_publisher>(core, options.redis_key, std::move(uid), wanted);
  publisher_ = made.get();
  core.set_publisher(std::move(made));
}

// On the last shard: the first one has the internal listener.
void node_bridge::start(actors::node_core& core, const server_options& options) {
  if (!where_) return;
  home_ = core.shards().back().get();
  if (auto* const cluster = core.cluster()) cluster->feeds().expect(*home_, options.redis_key);
  home_->post([this, &core, &options] {
    bridge_ = std::make_unique<actors::bridge>(core, *home_, *where_, options.bridge, *publisher_,
                                               counters_, state_);
    bridge_->start();
  });
}

void node_bridge::stop() {
  if (!home_) return;
  std::promise<void> stopped;
  const auto queued = home_->post([&] {
    bridge_.reset();
    stopped.set_value();
  });
  if (queued) stopped.get_future().wait();
  home_ = nullptr;
}

std::optional<component_health> node_bridge::health() const {
  if (!where_) return std::nullopt;
  auto now = state_.get();
  if (auto* const cluster = now.works ? nullptr : cluster_)
    if (const auto feeder = cluster->feeds().feeder(); !feeder.empty())
      now.detail += "; node " + feeder + " feeds this one meanwhile";
  // It works, but not as it should, when there is something to do about it.
  const auto fine = now.works && now.advice.empty();
  return component_health{"redis", fine ? health_state::ok : health_state::degraded,
                          std::move(now.detail), std::move(now.advice),
                          std::chrono::steady_clock::now() - now.since};
}

void node_bridge::add_to(server_stats& stats) const {
  stats.bridge_up = counters_.up.get();
  stats.bridge_connects = counters_.connects.get();
  stats.bridge_messages = counters_.messages.get();
  stats.bridge_broadcasts = counters_.broadcasts.get();
  stats.bridge_requests = counters_.requests.get();
  stats.bridge_duplicates = counters_.duplicates.get();
  stats.bridge_unclaimed = counters_.unclaimed.get();
  stats.bridge_acks = counters_.acks.get();
  stats.bridge_acks_lost = counters_.acks_lost.get();
  stats.bridge_acks_not_asked = counters_.acks_not_asked.get();
  stats.bridge_pauses = counters_.pauses.get();
  stats.bridge_own = counters_.own.get();
  stats.bridge_missed = counters_.missed.get();
  if (publisher_) {
    stats.bridge_published = publisher_->published();
    stats.bridge_forwarded = publisher_->forwarded();
    stats.bridge_publish_dropped = publisher_->dropped();
  }
  static_assert(std::size(decltype(stats.bridge_refused){}) >= net::bridge_errc_count + 1);
  for (std::size_t i = 0; i < counters_.refused.size(); ++i)
    stats.bridge_refused[i] = counters_.refused[i].get();
}

}  // namespace pushmesh
