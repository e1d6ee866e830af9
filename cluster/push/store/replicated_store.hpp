#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cluster/push/store/session_store.hpp"
#include "cluster/push/store/store_view.hpp"
#include "cluster/push/store/user_keeper.hpp"

namespace pushmesh::cluster::push {

/// The session store in the memory of the nodes (docs/decisions/0015): each user has an owner among
/// them, and what was answered is on two nodes. This is one node's part: it asks the owners, and
/// is asked. Lives on one thread; nothing here waits.
class replicated_store final : public session_store {
 public:
  /// `port` outlives it.
  replicated_store(store_node self, const store_options& options, store_port& port);

  /// Logins (`admit` with `device.home` this node) are remembered until their `release`, so that
  /// they can be told again, and lost: store_port::replaced() comes once, after `done`.
  void run(const user_id& user, user_operation op, done_callback done) override;

  /// The other nodes that are up: after each change.
  void set_view(const std::vector<store_node>& others);
  void take(const incarnation_id& from, store_message m);
  /// Every 50 ms or so.
  void tick();

  const user_keeper& users() const noexcept { return users_; }
  const store_view& view() const noexcept { return view_; }
  std::size_t waiting() const noexcept { return questions_.size(); }
  std::size_t logins() const noexcept { return logins_.size(); }
  bool is_logged_in(const socket_id& socket) const { return logins_.contains(socket); }
  /// Every login was told to its owner since the view changed last.
  bool confirmed() const noexcept { return to_confirm_.empty(); }

 private:
  struct question {
    user_id user;
    user_operation operation;
    done_callback done;
    store_time deadline;
    unsigned tries = 0;
    std::optional<incarnation_id> asked;  ///< none: it waits for `again_in`
    unsigned again_in = 0;                ///< ticks
  };
  struct login {
    user_id user;
    online_device device;
    std::vector<tag_name> claimed;
    bool admitted = false;
    std::optional<losing_device> lost;  ///< before it was admitted
  };

  void ask(std::uint64_t id);
  void answered(std::uint64_t id, std::optional<user_outcome> outcome);
  void remember(const user_id& user, const user_operation& op);
  void admitted(const question& q, user_outcome& outcome);
  void lose(const user_id& user, const losing_device& loser);
  void confirm(const socket_id& socket);
  void forget(const socket_id& socket);
  std::vector<socket_id> confirm_all(const user_id& user);
  void withdraw(const user_id& user, const socket_id& socket);

  void handle(const incarnation_id& from, user_request m);
  void handle(const incarnation_id& from, user_answer m);
  void handle(const incarnation_id& from, const device_lost& m);
  template <class Message>
  void handle(const incarnation_id& from, Message m) {
    users_.take(from, std::move(m));
  }

  const store_options options_;
  store_port& port_;
  store_view view_;
  user_keeper users_;
  std::unordered_map<std::uint64_t, question> questions_;
  std::uint64_t last_question_ = 0;
  std::unordered_map<socket_id, login> logins_;
  std::unordered_multimap<user_id, socket_id> sockets_of_;
  std::deque<socket_id> to_confirm_;
};

}  // namespace pushmesh::cluster::push
