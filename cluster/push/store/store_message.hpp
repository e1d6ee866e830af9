#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "cluster/push/store/store_epoch.hpp"
#include "cluster/push/store/user_operation.hpp"

/// What the session stores of two nodes say to each other, as values. docs/decisions/0015 tells the
/// whole story.
namespace pushmesh::cluster::push {

/// Asks the owner, as the sender sees it.
struct user_request {
  std::uint64_t id = 0;
  user_id user;
  user_operation operation;
};
struct user_answer {
  std::uint64_t id = 0;
  bool not_owner = false;  ///< in the answerer's view it is somebody else: nothing was done
  user_outcome outcome;
};

/// The sender is going to own the user. Who is asked tells what it has, and writes no more.
struct claim_request {
  user_id user;
  store_epoch epoch;
};
struct claim_answer {
  user_id user;
  store_epoch epoch;                ///< of the claim
  store_epoch promised;             ///< above it: refused, somebody claimed higher
  std::optional<record_head> head;  ///< none: nothing is known of him here
  user_changes record;              ///< whole
  std::vector<socket_id> logins;    ///< as this user, on the answering node
  bool refused() const noexcept { return promised > epoch; }
};

/// The owner's write, for the copy.
struct copy_write {
  user_id user;
  record_head head;    ///< after it; `past` of a whole record only
  bool whole = false;  ///< `changes` make the record out of an empty one
  user_changes changes;
};
struct copy_answer {
  enum class verdict : std::uint8_t {
    accepted,
    deposed,  ///< somebody claimed higher: `promised`
    gap,      ///< the write before it is not here: the whole record is wanted
  };
  user_id user;
  record_state state;  ///< that was written
  verdict what = verdict::accepted;
  store_epoch promised;
};

/// All of that record is on owner and copy: who has it may forget it.
struct copy_release {
  user_id user;
  record_state state;  ///< that the receiver said it had
  store_epoch epoch;   ///< of the owner
};
/// The sender has a record of a user whom the receiver owns, as the sender sees it.
struct owner_hint {
  user_id user;
  record_state state;
  store_epoch promised;
};
/// A socket of the receiver has lost its place.
struct device_lost {
  user_id user;
  losing_device loser;
};

using store_message = std::variant<user_request, user_answer, claim_request, claim_answer,
                                   copy_write, copy_answer, copy_release, owner_hint, device_lost>;

}  // namespace pushmesh::cluster::push
