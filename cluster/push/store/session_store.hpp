#pragma once

#include <functional>

#include "cluster/push/store/user_operation.hpp"

namespace pushmesh::cluster::push {

/// Where the push service keeps its users. Operations of one user are carried out one after the
/// other, whichever nodes ask, and those that one node asks for in their order, as long as none of
/// them has to be asked again because his owner changed.
class session_store {
 public:
  using done_callback = std::function<void(user_outcome)>;
  virtual ~session_store() = default;

  /// `done` runs once, on the store's thread, maybe at once: when what was done is safe by the
  /// promise of the store, or with `unavailable` when after 10 s it is not known to be. Then it
  /// may have been done all the same.
  virtual void run(const user_id& user, user_operation op, done_callback done) = 0;
};

}  // namespace pushmesh::cluster::push
