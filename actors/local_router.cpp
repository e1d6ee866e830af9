#include "actors/local_router.hpp"

#include <algorithm>
#include <utility>

#include "actors/local_sockets.hpp"
#include "actors/node_core.hpp"
#include "actors/server_events.hpp"
#include "actors/shard.hpp"
#include "actors/shard_batch.hpp"
#include "actors/socket_actor.hpp"

namespace pushmesh::actors {

std::vector<shard*> local_router::concerned(const address& to) const {
  std::vector<shard*> found;
  const auto& all = core_.shards();
  if (all.size() == 1 && (to.everybody || !to.rooms.empty())) return {all.front().get()};
  const auto everywhere = to.everybody || core_.rooms_named_like_ids().load() > 0;
  for (const auto& room : to.rooms) {
    const auto id = everywhere ? std::nullopt : socket_id::parse(room);
    auto* const s = id && core_.is_local_id(room) ? core_.shard_of(*id) : nullptr;
    if (!s) {
      found.clear();
      break;
    }
    if (std::find(found.begin(), found.end(), s) == found.end()) found.push_back(s);
  }
  if (found.empty() && (to.everybody || !to.rooms.empty()))
    for (const auto& s : all) found.push_back(s.get());
  return found;
}

shard& local_router::home_of_caller() const {
  auto* const here = shard::current();
  const auto& all = core_.shards();
  const auto ours = [here](const auto& s) { return s.get() == here; };
  return std::any_of(all.begin(), all.end(), ours) ? *here : *all.front();
}

// Returns how many shards take no more work.
std::size_t local_router::on_each(const std::vector<shard*>& shards, const order& apply,
                                  shard_batch* batch) {
  if (batch) {
    for (auto* s : shards) batch->run(*s, apply);
    return 0;
  }
  std::size_t closed = 0;
  for (auto* s : shards)
    if (!s->here() && !s->post([this, s, apply] { apply(core_.sockets_of(*s)); })) ++closed;
  // The own shard comes last: by then the others are on their way.
  for (auto* s : shards)
    if (s->here()) apply(core_.sockets_of(*s));
  return closed;
}

void local_router::emit(const address& to, std::string_view event, const payload& args,
                        std::uint64_t offset) {
  const auto shards = concerned(to);
  if (shards.empty()) return;
  const auto here_only = shards.size() == 1 && shards.front()->here();
  auto& sockets = core_.sockets_of(*shards.front());
  // In a cluster most rooms are elsewhere.
  if (here_only && !sockets.may_reach(to)) return sockets.emit_to_nobody();
  const auto frame = core_.frames().event(to, event, args, {}, offset);
  if (here_only) return sockets.emit(to, frame);
  on_each(
      shards,
      [to = std::make_shared<const address>(to), frame](local_sockets& s) { s.emit(to, frame); },
      nullptr);
}

void local_router::emit(const shared_address& to, std::string_view event, const payload& args,
                        std::uint64_t offset, shard_batch& batch) {
  const auto shards = concerned(*to);
  if (shards.empty()) return;
  const auto frame = core_.frames().event(*to, event, args, {}, offset);
  for (auto* s : shards) batch.emit(*s, to, frame);
}

bool local_router::emit_to_one_shard(const shared_address& to, std::string_view event,
                                     std::string_view args, shard_batch& batch) {
  const auto shards = concerned(*to);
  if (shards.size() == 1) batch.emit(*shards.front(), to, event, args);
  return shards.size() < 2;
}
void local_router::emit_with_ack(const shared_address& to, std::string_view event,
                                 const payload& args, std::uint64_t id, const ack_terms& terms,
                                 const std::shared_ptr<ack_collector>& into, shard_batch* batch) {
  const auto shards = concerned(*to);
  if (shards.empty()) return;
  into->expect(shards.size());
  const auto frame = core_.frames().event(*to, event, args, id);
  auto closed = on_each(
      shards,
      [=](local_sockets& s) {
        s.emit_with_ack(*to, frame, id, terms,
                        [into](ack_result part) { into->add(std::move(part)); });
      },
      batch);
  while (closed-- > 0) into->add({});
}

void local_router::emit_with_acks(const address& to, std::string_view event, const payload& args,
                                  std::uint64_t id, std::chrono::milliseconds timeout,
                                  const std::shared_ptr<ack_listener>& listener) {
  const auto shards = concerned(to);
  if (shards.empty()) return;
  const auto frame = core_.frames().event(to, event, args, id);
  on_each(
      shards,
      [=, to = std::make_shared<const address>(to)](local_sockets& s) {
        s.emit_with_acks(*to, frame, id, timeout, listener);
      },
      nullptr);
}

void local_router::finish(std::uint64_t id) {
  for (const auto& s : core_.shards())
    s->post([this, id, s = s.get()] { core_.sockets_of(*s).finish_acks(id); });
}

void local_router::join(const shared_address& to, std::vector<std::string> rooms,
                        shard_batch* batch) {
  on_each(
      concerned(*to),
      [to, rooms = std::move(rooms)](local_sockets& s) {
        for (auto* m : s.addressed(*to))
          for (const auto& room : rooms) s.join(*m, room);
      },
      batch);
}

void local_router::leave(const shared_address& to, std::vector<std::string> rooms,
                         shard_batch* batch) {
  on_each(
      concerned(*to),
      [to, rooms = std::move(rooms)](local_sockets& s) {
        for (auto* m : s.addressed(*to))
          for (const auto& room : rooms) s.leave(*m, room);
      },
      batch);
}

void local_router::disconnect(const shared_address& to, bool close, shard_batch* batch) {
  on_each(
      concerned(*to),
      [to, close](local_sockets& s) {
        // A disconnect handler may disconnect others of the list: ask for each again by its id.
        std::vector<socket_id> ids;
        for (auto* m : s.addressed(*to)) ids.push_back(m->id());
        for (const auto& id : ids)
          if (auto* m = s.find(id)) m->owner().disconnect(*m, close);
      },
      batch);
}

void local_router::fetch(const shared_address& to, const std::shared_ptr<fetch_collector>& into,
                         shard_batch* batch) {
  const auto shards = concerned(*to);
  into->expect(shards.size());
  auto closed = on_each(
      shards,
      [to, into](local_sockets& s) {
        into->add({s.describe(*to), {}});
      },
      batch);
  while (closed-- > 0) into->add({});
}

void local_router::lookup(const socket_id& id, const std::shared_ptr<lookup_collector>& into) {
  into->expect(1);
  auto* const home = core_.shard_of(id);
  const auto look = [this, id, home, into] {
    lookup_result part;
    auto* const m = core_.sockets_of(*home).find(id);
    if (m && m->joined()) part.found.push_back(m->owner().details(*m));
    into->add(std::move(part));
  };
  if (!home || !home->post(look)) into->add({});
}

void local_router::server_event(std::string_view nsp, std::string_view event, const payload& args,
                                std::string_view from,
                                const std::shared_ptr<server_reply_collector>& into) {
  if (into) into->expect(1);
  auto message = std::make_shared<server_event_message>();
  message->nsp = nsp;
  message->name = event;
  message->args = args;
  message->from = from;
  if (into)
    message->reply = [into, node = core_.name()](payload answer) {
      into->add({{{node, std::move(answer)}}, {}});
    };
  core_.shards().front()->post([this, message] { run_server_event(core_, message); });
}

}  // namespace pushmesh::actors
