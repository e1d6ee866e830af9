#pragma once

#include <any>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/api/ids.hpp"
#include "actors/recovery/session_backlog.hpp"

namespace pushmesh::actors {

class membership;
class session_home;
struct local_namespace;
struct session;

using sessions_by_end = std::multimap<std::chrono::steady_clock::time_point, session*>;

/// What is kept of a socket whose client is away.
struct away_state {
  local_namespace* in = nullptr;
  std::uint32_t index = 0;  // in local_namespace::away
  sessions_by_end::iterator end;
  std::uint64_t left_at = 0;      ///< position of the first packet it missed for certain
  std::uint64_t last_offset = 0;  ///< of the last packet that was queued for it; 0: none
  std::vector<std::string> rooms;
  bool left_own_room = false;
  std::any data;
  std::string user;
  std::vector<std::uint64_t> owed_acks;
  std::chrono::steady_clock::time_point lent_until{};  ///< to another shard, which takes it over
  bool coming = false;  ///< from another shard, where the first part of what it missed still is
  membership* claimant = nullptr;  ///< comes back in its name, and waits for the middlewares
  std::uint64_t events_from = 0;   ///< what the claimant missed: events and
  std::uint64_t acks_from = 0;     ///< packets that expect an acknowledgement, by position
  std::size_t backlog_from = 0;    ///< and of session::backlog, by index
};

/// A socket that may come back under its id: from its admission until it leaves for good or was
/// away for too long. Lives on one shard.
struct session {
  socket_id pid;  ///< the secret that claims it
  socket_id sid;
  std::uint64_t first = 0;                      ///< position of the first packet it could have got
  std::chrono::steady_clock::time_point since;  ///< when it (re)connected
  membership* live = nullptr;                   ///< null: its client is away
  std::unique_ptr<away_state> away;             ///< null: it is not

  // Of one that came from another shard:
  bool adopted = false;
  std::unique_ptr<session_backlog> backlog;   ///< null: none, or the client has got all of it
  std::optional<std::string> claimed_offset;  ///< what its client had when it came
  std::shared_ptr<session_home> home;         ///< from where
  std::vector<std::uint64_t> foreign_acks;    ///< what it owed there
};

}  // namespace pushmesh::actors
