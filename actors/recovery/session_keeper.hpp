#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "actors/address.hpp"
#include "actors/recovery/replay_ring.hpp"
#include "actors/recovery/addressed_rooms.hpp"
#include "actors/recovery/session.hpp"
#include "actors/recovery/session_home.hpp"
#include "net/protocol/close_reason.hpp"
#include "net/transport/timer_wheel.hpp"

namespace pushmesh::actors {

class local_sockets;
class membership;
struct local_namespace;

/// Connection state recovery of one shard (docs/decisions/0011): the sockets that may come back,
/// and what was sent to each namespace meanwhile. Lives with the shard's local_sockets; there is
/// none while recovery is off.
class session_keeper {
 public:
  explicit session_keeper(local_sockets& sockets);
  ~session_keeper();

  // A socket's life.
  /// It was admitted for the first time. Returns the secret its client is told.
  const socket_id& open(membership& m);
  /// It leaves, and its rooms are not given up yet: kept when clients come back after `reason`.
  void leave(membership& m, close_reason reason);
  /// Nobody is coming back any more.
  void drop_all();
  /// The namespace of this ring is gone.
  void forget(replay_ring& ring);

  // What is sent.
  /// An event with an offset was delivered to `reached` sockets.
  void sent(local_namespace& ns, const std::shared_ptr<const address>& to, const net::frame_ref& f,
            std::size_t reached);
  void sent_to(membership& m, const net::frame_ref& f);
  /// An event that expects acknowledgements; those away that it addresses owe one, too.
  std::vector<socket_id> asked(local_namespace& ns, const address& to, const net::frame_ref& f,
                               std::uint64_t ack_id, std::size_t reached);
  /// The time of that emit is over for this socket.
  void settle(const socket_id& sid, std::uint64_t ack_id);

  // Coming back.
  /// The session claimed, for the caller alone; nullptr when it is not here, its time is over, what
  /// it missed is not kept any more, or somebody else has it.
  session* claim(const local_namespace& ns, const session_claim& c);
  /// `m` is going to be that socket.
  void resume(session& s, membership& m);
  /// `m` will not be, after all; with `for_good` the session is over.
  void give_back(membership& m, bool for_good);
  /// `m` was admitted in place of the socket that left: its rooms, then its CONNECT answer and what
  /// it missed. False: that is not kept any more.
  bool admit(membership& m);

  /// The places to fetch a session from, one after the other; none: it is here, or nowhere.
  std::vector<std::shared_ptr<session_home>> homes_of(const socket_id& pid,
                                                      std::string_view nsp) const;
  // Between shards, of one node or two (session_transfer.cpp): a session is lent to the shard where
  // its client came back, which makes its rooms known as its own, and is released to it then.
  /// Where it was.
  std::optional<session_parcel> lend(const session_claim& c, std::string_view nsp);
  std::optional<session_rest> release(const socket_id& pid, const std::vector<std::uint64_t>& came,
                                      session_home::straggler late);
  /// Where it is going to be. `done` gets the session as claim() returns it, or nullptr.
  void fetch(const session_claim& c, const std::string& nsp,
             std::vector<std::shared_ptr<session_home>> from, std::function<void(session*)> done);
  void late(const socket_id& pid, missed_packet p);
  /// An event arrived: to sessions that were handed over lately it is passed on, and those that
  /// came lately and got it before are excepted from the result.
  std::shared_ptr<const address> sort_out(const std::shared_ptr<const address>& to,
                                          const net::frame_ref& f) {
    if (!stragglers_.empty()) pass_on(*to, f);
    return arrived_offsets_.empty() ? to : without_arrived(to, f->about().offset);
  }
  /// Runs `done` on this shard, when what this node's threads were about to send at that epoch has
  /// reached all its shards and links.
  void after_emits(std::uint64_t epoch, std::function<void()> done);
  /// The socket answered an emit of the shard where it was.
  bool answer_elsewhere(membership& m, std::uint64_t ack_id, payload args);

  bool skips_middlewares() const noexcept;
  std::size_t away() const noexcept { return by_end_.size(); }

 private:
  using clock = std::chrono::steady_clock;
  struct deadline;
  /// Asks again whether emits that were under way are over.
  struct retry : net::timer_node {
    retry(session_keeper& k, std::uint64_t e, std::function<void()> d);
    session_keeper& keeper;
    std::uint64_t epoch;
    std::function<void()> done;
  };
  session* find(const socket_id& pid) const;
  void keep(session& s, membership& m);
  void hold(session& s, local_namespace& ns, clock::time_point end);
  void end(session& s, local_namespace& ns);
  static std::optional<std::uint64_t> locate(const session& s, const replay_ring& ring,
                                             std::uint64_t offset);
  static bool find_range(session& s, const std::optional<std::string>& offset);
  std::vector<missed_packet> missed(const session& s) const;
  void end_absence(session& s);
  void drop(session& s);
  void expire();
  void arm();
  replay_ring& ring_of(local_namespace& ns);
  void record(local_namespace& ns, replay_record r);
  void count();
  // Between shards.
  void install(const session_parcel& p, local_namespace& ns, const session_claim& c,
               std::shared_ptr<session_home> from);
  void when_known(session& s, std::function<void()> done);
  void take(const socket_id& pid, std::optional<session_rest>& rest,
            const std::function<void(session*)>& done);
  /// False: there is too much that it missed, or not all of it is kept.
  bool complete(session& s, session_rest& rest);
  std::vector<missed_packet> put_together(session& s, session_rest& rest);
  bool settle_backlog(session& s, std::vector<missed_packet> packets);
  void release_backlogs(clock::time_point now);
  std::vector<std::uint64_t> came(const session& s) const;
  /// Those that the client had when it claimed the session.
  std::vector<std::uint64_t> got_of(const session& s,
                                    const std::vector<std::uint64_t>& offsets) const;
  bool has_arrived(const socket_id& sid, std::uint64_t offset) const;
  void note_arrival(const socket_id& sid, std::uint64_t offset);
  void disown(const session& s, const local_namespace& ns);
  void settle_elsewhere(session& s, std::vector<std::uint64_t>& owed);
  void pass_on(const address& to, const net::frame_ref& f);
  std::shared_ptr<const address> without_arrived(const std::shared_ptr<const address>& to,
                                                 std::uint64_t offset);
  void expire_stragglers();

  /// A backlog that was sent: a client that is still there a heartbeat later has got it.
  struct delivery {
    socket_id pid;
    clock::time_point sent;
  };
  /// A session that was handed over: what still comes here for it.
  struct straggler_route {
    std::string nsp;
    addressed_rooms rooms;
    session_home::straggler late;
    clock::time_point until;
  };
  /// A packet that a session got from where it was: it may come here on its own, too.
  struct arrival {
    std::uint64_t offset;
    socket_id sid;
    clock::time_point until;
  };

  local_sockets& sockets_;
  std::size_t backlog_bytes_ = 0;                                     // outlives the sessions
  std::unordered_map<socket_id, std::unique_ptr<session>> sessions_;  // by pid
  std::unordered_map<socket_id, session*> away_;                      // by sid
  sessions_by_end by_end_;
  /// A ping's interval and timeout: so long a connection may be dead before we know.
  const std::chrono::milliseconds heartbeat_;
  replay_memory memory_;
  std::deque<delivery> deliveries_;         // oldest first
  std::deque<straggler_route> stragglers_;  // oldest first
  std::deque<arrival> arrived_;             // oldest first
  std::unordered_multimap<std::uint64_t, socket_id> arrived_offsets_;
  std::unordered_map<retry*, std::unique_ptr<retry>> retries_;
  std::unique_ptr<deadline> deadline_;
};

}  // namespace pushmesh::actors
