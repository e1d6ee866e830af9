#pragma once

#include <caf/actor_control_block.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "actors/ack_listener.hpp"
#include "actors/ack_table.hpp"
#include "actors/address.hpp"
#include "actors/counters.hpp"
#include "actors/id_source.hpp"
#include "actors/id_table.hpp"
#include "actors/membership.hpp"
#include "actors/namespace_state.hpp"
#include "actors/partial_packets.hpp"
#include "actors/recovery/replay_ring.hpp"
#include "actors/room_table.hpp"
#include "actors/shard.hpp"

namespace pushmesh::actors {

class session_keeper;
struct session;

/// One namespace as far as it lives on one shard.
struct local_namespace {
  std::shared_ptr<namespace_state> shared;
  room_table rooms;
  std::vector<membership*> members;
  std::uint32_t joining = 0;          // memberships that wait for a middleware
  std::vector<session*> away;         // may come back
  std::shared_ptr<replay_ring> ring;  // what they may have missed; null: nothing ever
  const std::string& name() const noexcept { return shared->name(); }
};

/// The sockets of one shard: who is there, in which rooms, and everything that addresses several
/// of them at once. Each call is applied in one piece. Only used on the shard's thread.
class local_sockets {
 public:
  local_sockets(node_core& core, shard& home);
  ~local_sockets();

  // Connections, by their actors.
  void add_connection(socket_actor& a, caf::strong_actor_ptr keep);
  void remove_connection(socket_actor& a);
  std::size_t connection_count() const noexcept { return connections_.size(); }
  /// Closes every connection with a reason.
  void close_all(close_reason reason);

  // Memberships.
  socket_id new_id() { return ids_.next(); }
  /// Makes or finds the shard's part of a namespace; nullptr when no namespace has this name.
  local_namespace* enter_namespace(std::string_view name);
  local_namespace* find_namespace(std::string_view name) const noexcept;
  void add(membership& m);     ///< known by its id; not yet addressed by namespace or room
  void joined(membership& m);  ///< from now on it receives what addresses its namespace
  void remove(membership& m);  ///< gone: rooms, ids, owed acks
  /// The socket with this id, joining or joined; nullptr when it is not here.
  membership* find(const socket_id& id) const noexcept { return by_id_.find(id); }
  /// Calls `gone` when this socket has left; at once when it is not here. `watcher` names the
  /// wish, for forget().
  void when_gone(const socket_id& id, std::uint64_t watcher, std::function<void()> gone);
  void forget(const socket_id& id, std::uint64_t watcher);
  void join(membership& m, std::string_view room);
  /// The same; `done` runs on this shard once every other node knows of it (cluster_port).
  void join(membership& m, std::string_view room, std::function<void()> done);
  void leave(membership& m, std::string_view room);
  void leave_rooms(membership& m);

  // Many at once.
  /// False: `to` addresses nobody here. True: perhaps somebody.
  bool may_reach(const address& to) const;
  void emit(const address& to, const net::frame_ref& f);
  void emit(const std::shared_ptr<const address>& all, const net::frame_ref& f);
  /// An event for one socket.
  void emit_to(membership& m, const address& to, std::string_view event, const payload& args);
  /// The same where it reaches nobody.
  void emit_to_nobody() { counters_.emits.add(); }
  void emit_with_ack(const address& to, const net::frame_ref& f, std::uint64_t ack_id,
                     const ack_terms& terms, ack_table::done_callback done);
  /// The same, but `listener` hears of each answer, and the event is sent in any case.
  void emit_with_acks(const address& to, const net::frame_ref& f, std::uint64_t ack_id,
                      std::chrono::milliseconds timeout,
                      const std::shared_ptr<ack_listener>& listener);
  /// Ends the waiting for that emit now, as its timeout does.
  void finish_acks(std::uint64_t ack_id) { acks_.expire(ack_id); }
  /// The sockets addressed, each once. For commands that change memberships.
  std::vector<membership*> addressed(const address& to);
  std::vector<socket_info> describe(const address& to);

  // For those that may come back.
  /// Null: recovery is off.
  session_keeper* keeper() noexcept { return keeper_.get(); }
  /// A room (the namespace) counts as having a member of this shard until it is released.
  void hold_room(const local_namespace& ns, std::string_view room);
  void release_room(const local_namespace& ns, std::string_view room);
  void hold_namespace(const local_namespace& ns);
  void release_namespace(const local_namespace& ns);
  void drop_if_empty(local_namespace& ns);

  // Acks.
  /// The socket will not answer that emit.
  void ack_left(std::uint64_t ack_id, const socket_id& who);
  /// The same, or its answer, of a socket that is on another shard now.
  void answer_for(std::uint64_t ack_id, const socket_id& who, std::string_view user,
                  std::optional<payload> args);
  void answer(membership& from, std::uint64_t ack_id, std::string_view args,
              std::span<const binary> attachments);

  shard& home() const noexcept { return home_; }
  node_core& core() const noexcept { return core_; }
  actor_counters& counters() noexcept { return counters_; }
  /// Binary packets that are not complete.
  partial_packets& partials() noexcept { return partials_; }
  /// Scratch for the elements of the packet at hand.
  std::vector<std::string_view>& elements() noexcept { return elements_; }

 private:
  struct ack_deadline;
  template <class F>
  void walk(const address& to, F&& visit);
  /// Delivers a question; who owes an answer, those whose client is away among them.
  std::vector<socket_id> ask(const std::vector<membership*>& asked, const address& to,
                             const net::frame_ref& f, std::uint64_t ack_id);
  void expect_acks(std::vector<socket_id> asked, std::uint64_t ack_id, const ack_terms& terms,
                   ack_table::done_callback done, ack_table::reply_callback each = {});
  bool may_expect(std::size_t acks) const;
  void room_made(const local_namespace& ns, std::string_view room);
  void room_gone(const local_namespace& ns, std::string_view room);

  node_core& core_;
  shard& home_;
  id_source ids_;
  id_table<membership> by_id_;
  std::unordered_map<std::string, std::unique_ptr<local_namespace>, string_hash, std::equal_to<>>
      namespaces_;
  std::vector<caf::strong_actor_ptr> connections_;
  ack_table acks_;
  std::unordered_map<std::uint64_t, std::unique_ptr<ack_deadline>> ack_deadlines_;
  std::vector<std::string_view> elements_;
  partial_packets partials_;
  actor_counters counters_;
  std::unique_ptr<session_keeper> keeper_;
};

}  // namespace pushmesh::actors
