#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "cluster/push/store/record_merge.hpp"
#include "cluster/push/store/user_operation.hpp"

namespace pushmesh::cluster::push {

/// How an operation ended; nullopt: not here, ask again.
using operation_done = std::function<void(std::optional<user_outcome>)>;

/// What one node has of a user. There is one for each user who is online: no deques, which take
/// 600 bytes when they are empty.
struct held_user {
  explicit held_user(const user_id& user) : known{{}, user_record(user)} {}

  enum class role : std::uint8_t {
    copy,      ///< somebody else writes, or nobody at the moment
    claiming,  ///< this node waits for the answers to its claim
    owner,
  };
  role as = role::copy;
  known_record known;
  bool has_record = false;  ///< else only `promised` is known
  store_epoch promised;     ///< the highest claim that was made or answered here

  // While claiming:
  std::set<incarnation_id> awaited;
  std::vector<known_record> found;
  std::vector<socket_id> logins;  ///< of the nodes that answered
  std::uint64_t claimed_in = 0;   ///< generation of the view; also of an owner
  store_time asked;               ///< when; also the copy's write of an owner
  struct waiting {
    user_operation operation;
    operation_done done;
  };
  std::vector<waiting> line;

  // As its owner:
  std::optional<incarnation_id> copy_at;  ///< who is sent the writes; none: nobody else is up
  std::uint64_t copied = 0;               ///< the version that is there
  /// Who had which record, and may forget it.
  std::map<incarnation_id, record_state> holders;
  std::uint64_t devices_checked = 0;  ///< generation of the view
  struct unanswered {
    std::uint64_t version;
    user_outcome outcome;
    operation_done done;
  };
  std::vector<unanswered> pending;  ///< carried out here, not on the copy yet
};

}  // namespace pushmesh::cluster::push
