#include "actors/router.hpp"

#include <utility>

#include "actors/bridge/emit_publisher.hpp"
#include "actors/bridge/feed_port.hpp"
#include "actors/cluster_port.hpp"
#include "actors/node_core.hpp"
#include "actors/packet_frames.hpp"
#include "actors/shard.hpp"

namespace pushmesh::actors {

cluster_port* router::beyond(const address& to) const {
  auto* const others = to.local ? nullptr : core_.cluster();
  return others && to.fed_only && !others->feeds().feeding() ? nullptr : others;
}

std::uint64_t router::next_request_id() {
  return requests_.fetch_add(1, std::memory_order_relaxed);
}

emit_result router::emit(const address& to, std::string_view event, const payload& args) {
  check_event_name(event);
  const auto all_or_none = core_.emitting();
  const auto offset = core_.next_offset(to);
  here_.emit(to, event, args, offset);
  auto* const others = beyond(to);
  auto result = others ? others->emit(to, event, args, offset) : emit_result{};
  if (auto* const p = core_.publisher(); p && !to.local && !to.fed_only)
    p->publish(to, event, args);
  return result;
}

void router::emit_with_ack(const address& to, std::string_view event, const payload& args,
                           const ack_terms& terms, ack_callback done) {
  check_event_name(event);
  if (core_.shards().empty()) return done({});  // not started yet
  const auto id = next_request_id();
  auto* const others = beyond(to);
  ack_collector::loss loss;
  loss.in = [early = terms.until_first_loss](const ack_result& part) {
    return !part.nodes_missing.empty() || (early && !part.left.empty());
  };
  loss.hurry = [this, id, others] {
    here_.finish(id);
    if (others) others->finish(id);
  };
  const auto collector =
      std::make_shared<ack_collector>(here_.home_of_caller(), std::move(done), std::move(loss));
  here_.emit_with_ack(std::make_shared<const address>(to), event, args, id, terms, collector);
  if (others) others->emit_with_ack(to, event, args, id, terms, collector);
  collector->launched();
}

emit_result router::join(const address& to, const std::vector<std::string>& rooms) {
  here_.join(std::make_shared<const address>(to), rooms);
  auto* const others = beyond(to);
  return others ? others->join(to, rooms) : emit_result{};
}

emit_result router::leave(const address& to, const std::vector<std::string>& rooms) {
  here_.leave(std::make_shared<const address>(to), rooms);
  auto* const others = beyond(to);
  return others ? others->leave(to, rooms) : emit_result{};
}

emit_result router::disconnect(const address& to, bool close) {
  // Others first: a handler on this thread may be the reason, and its socket among those.
  auto* const others = beyond(to);
  auto result = others ? others->disconnect(to, close) : emit_result{};
  here_.disconnect(std::make_shared<const address>(to), close);
  return result;
}

void router::fetch(const address& to, std::chrono::milliseconds timeout,
                   std::function<void(fetch_result)> done) {
  if (core_.shards().empty()) return done({});
  const auto collector = std::make_shared<fetch_collector>(here_.home_of_caller(), std::move(done));
  here_.fetch(std::make_shared<const address>(to), collector);
  if (auto* const others = beyond(to)) others->fetch(to, next_request_id(), timeout, collector);
  collector->launched();
}

emit_result router::server_emit(std::string_view nsp, std::string_view event, const payload& args) {
  auto* const others = core_.cluster();
  return others ? others->server_emit(nsp, event, args, next_request_id(), {}, nullptr)
                : emit_result{};
}

void router::server_emit_with_ack(std::string_view nsp, std::string_view event, const payload& args,
                                  std::chrono::milliseconds timeout,
                                  std::function<void(server_reply_result)> done) {
  if (core_.shards().empty()) return done({});
  const auto collector =
      std::make_shared<server_reply_collector>(here_.home_of_caller(), std::move(done));
  if (auto* const others = core_.cluster())
    others->server_emit(nsp, event, args, next_request_id(), timeout, collector);
  collector->launched();
}

void router::lookup(const socket_id& id, std::chrono::milliseconds timeout,
                    std::function<void(lookup_result)> done) {
  if (core_.shards().empty()) return done({});
  auto& home = here_.home_of_caller();
  auto* const others = core_.cluster();
  // Sockets that may come back elsewhere may be elsewhere.
  if (others && core_.options().recovery.enabled())
    done = [this, id, timeout, others, &home, done = std::move(done)](lookup_result r) {
      if (!r.found.empty()) return done(std::move(r));
      const auto all = std::make_shared<lookup_collector>(home, done);
      others->lookup(cluster_port::lookup_scope::everywhere, id, next_request_id(), timeout, all);
      all->launched();
    };
  const auto collector = std::make_shared<lookup_collector>(home, std::move(done));
  if (core_.shard_of(id))
    here_.lookup(id, collector);
  else if (others)
    others->lookup(cluster_port::lookup_scope::where_made, id, next_request_id(), timeout,
                   collector);
  collector->launched();
}

}  // namespace pushmesh::actors
