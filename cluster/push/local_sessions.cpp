#include "cluster/push/local_sessions.hpp"

#include <utility>

namespace pushmesh::cluster::push {

void local_sessions::admit(claim_ptr claim, std::function<void(session_verdict)> done) {
  claim_ptr other;
  bool admitted = true;
  {
    std::lock_guard lock(mutex_);
    auto& holder = by_user_[claim->user];
    other = holder;
    admitted = !other || !claim->comes_back || other->since <= claim->since;
    if (admitted) holder = claim;
  }
  constexpr const char* why = "the user logged in elsewhere";
  if (!admitted) return done({false, 0, {error_code::duplicate_session, why}, other->platform});
  if (other && other->socket != claim->socket)
    end_(*other, {session_end::reason::replaced, claim->platform, why});
  done({});
}

void local_sessions::released(const session_claim& claim) noexcept {
  std::lock_guard lock(mutex_);
  const auto found = by_user_.find(claim.user);
  if (found != by_user_.end() && found->second->number == claim.number) by_user_.erase(found);
}

std::size_t local_sessions::users() const {
  std::lock_guard lock(mutex_);
  return by_user_.size();
}

}  // namespace pushmesh::cluster::push
