#include "actors/router.hpp"

#include <algorithm>
#include <mutex>

#include "actors/ack_collector.hpp"
#include "actors/local_sockets.hpp"
#include "actors/node_core.hpp"
#include "actors/shard.hpp"
#include "actors/socket_actor.hpp"

namespace pushmesh::actors {

std::vector<shard*> router::concerned(const address& to) const {
  std::vector<shard*> found;
  const auto& all = core_.shards();
  const auto everywhere = to.everybody || core_.rooms_named_like_ids().load() > 0;
  for (const auto& room : to.rooms) {
    const auto id = everywhere ? std::nullopt : socket_id::parse(room);
    auto* const s = id ? core_.shard_of(*id) : nullptr;
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

// Returns how many shards take no more work.
template <class F>
std::size_t router::on_each(const std::vector<shard*>& shards, F apply) {
  std::size_t closed = 0;
  for (auto* s : shards)
    if (!s->here() && !s->post([this, s, apply] { apply(core_.sockets_of(*s)); })) ++closed;
  // The own shard comes last: by then the others are on their way.
  for (auto* s : shards)
    if (s->here()) apply(core_.sockets_of(*s));
  return closed;
}

shard* router::home_of_caller() const {
  auto* const here = shard::current();
  const auto& all = core_.shards();
  const auto ours = [here](const auto& s) { return s.get() == here; };
  return std::any_of(all.begin(), all.end(), ours) ? here : all.front().get();
}

std::uint64_t router::next_ack_id() {
  return ack_counter_.fetch_add(1, std::memory_order_relaxed);
}

void router::emit(const address& to, std::string_view event, const payload& args) {
  const auto shards = concerned(to);
  if (shards.empty()) return;
  auto frame = core_.frames().event(to, event, args);
  if (shards.size() == 1 && shards.front()->here()) {
    core_.sockets_of(*shards.front()).emit(to, frame);
    return;
  }
  on_each(shards, [to = std::make_shared<const address>(to), frame](local_sockets& s) {
    s.emit(*to, frame);
  });
}

void router::emit_with_ack(const address& to, std::string_view event, const payload& args,
                           std::chrono::milliseconds timeout, ack_callback done) {
  if (core_.shards().empty()) return done({});  // not started yet
  const auto shards = concerned(to);
  auto collector = std::make_shared<ack_collector>(
      *home_of_caller(), std::max<std::size_t>(shards.size(), 1), std::move(done));
  if (shards.empty()) return collector->add({});
  const auto id = next_ack_id();
  auto frame = core_.frames().event(to, event, args, id);
  auto closed = on_each(shards, [=, to = std::make_shared<const address>(to)](local_sockets& s) {
    s.emit_with_ack(*to, frame, id, timeout,
                    [collector](ack_result part) { collector->add(std::move(part)); });
  });
  while (closed-- > 0) collector->add({});
}

void router::join(const address& to, const std::vector<std::string>& rooms) {
  on_each(concerned(to), [=](local_sockets& s) {
    for (auto* m : s.addressed(to))
      for (const auto& room : rooms) s.join(*m, room);
  });
}

void router::leave(const address& to, const std::vector<std::string>& rooms) {
  on_each(concerned(to), [=](local_sockets& s) {
    for (auto* m : s.addressed(to))
      for (const auto& room : rooms) s.leave(*m, room);
  });
}

void router::disconnect(const address& to, bool close) {
  on_each(concerned(to), [=](local_sockets& s) {
    // A disconnect handler may disconnect others of the list: ask for each again by its id.
    std::vector<socket_id> ids;
    for (auto* m : s.addressed(to)) ids.push_back(m->id());
    for (const auto& id : ids)
      if (auto* m = s.find(id)) m->owner().disconnect(*m, close);
  });
}

void router::fetch(const address& to, std::function<void(std::vector<socket_info>)> done) {
  const auto shards = concerned(to);
  if (shards.empty()) return done({});
  struct gathering {
    std::mutex mutex;
    std::size_t missing;
    std::vector<socket_info> all;
    std::function<void(std::vector<socket_info>)> done;
    // The last part calls back, on the thread that brought it.
    void add(std::vector<socket_info> part) {
      {
        std::lock_guard lock(mutex);
        all.insert(all.end(), std::make_move_iterator(part.begin()),
                   std::make_move_iterator(part.end()));
        if (--missing > 0) return;
      }
      done(std::move(all));
    }
  };
  auto g = std::make_shared<gathering>();
  g->missing = shards.size();
  g->done = std::move(done);
  auto closed = on_each(shards, [=](local_sockets& s) { g->add(s.describe(to)); });
  while (closed-- > 0) g->add({});
}

}  // namespace pushmesh::actors
