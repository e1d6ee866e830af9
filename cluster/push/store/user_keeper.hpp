#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cluster/push/store/held_user.hpp"
#include "cluster/push/store/receipt_table.hpp"
#include "cluster/push/store/store_message.hpp"
#include "cluster/push/store/store_options.hpp"
#include "cluster/push/store/store_view.hpp"
#include "cluster/push/store/stored_messages.hpp"

namespace pushmesh::cluster::push {

/// The users of one node: those it owns, for whom it carries out operations, and copies of others'.
/// Claims, copies and hand-overs are decided here (docs/decisions/0015). One thread.
class user_keeper {
 public:
  /// Tells a device that it has lost its place, wherever it is.
  using tell_loser = std::function<void(const user_id&, const losing_device&)>;

  /// Somebody claims the user: the sockets of this node that are logged in as him. They are going
  /// to be confirmed.
  using user_claimed = std::function<std::vector<socket_id>(const user_id&)>;

  user_keeper(const store_view& view, const store_options& options, store_port& port,
              tell_loser tell, user_claimed claimed);

  /// As the owner. With nullopt when the view says somebody else is, or somebody else claimed.
  void run(const user_id& user, user_operation op, operation_done done);

  void take(const incarnation_id& from, claim_request m);
  void take(const incarnation_id& from, claim_answer m);
  void take(const incarnation_id& from, copy_write m);
  void take(const incarnation_id& from, copy_answer m);
  void take(const incarnation_id& from, const copy_release& m);
  void take(const incarnation_id& from, const owner_hint& m);

  /// The view has changed.
  void view_changed();
  /// Every 50 ms or so: looks after users whose place changed, and asks again.
  void tick();

  push_log& log() noexcept { return log_; }
  const held_user* find(const user_id& user) const;
  std::size_t size() const noexcept { return users_.size(); }
  /// Users that are not where the view wants them yet.
  std::size_t unsettled() const noexcept { return unsettled_.size(); }
  /// Receipts of what `owner` wrote: this node, or one whose copies are here. Null: none.
  const receipt_table* receipts(const incarnation_id& owner) const;

 private:
  using role = held_user::role;
  held_user* hold(const user_id& user);
  held_user* get(const user_id& user);
  bool is_claimed(const held_user& h) const noexcept;
  receipt_table& receipts_of(const incarnation_id& owner);
  bool settled_here(const user_id& user, const message_id& id) const;

  void claim(held_user& h);
  void ask_again(held_user& h);
  void finish_claim(held_user& h);
  void depose(held_user& h);

  void execute(held_user& h, const user_operation& op, operation_done done);
  void drop_lost_devices(held_user& h, user_changes& out);
  void read_log(held_user& h, user_changes& out);
  void answer(held_user& h);
  void copy_whole(held_user& h);
  void written(held_user& h, const user_changes& changes);
  user_changes intern(user_changes changes);

  bool settle(const user_id& user);

  const store_view& view_;
  const store_options options_;
  store_port& port_;
  const tell_loser tell_;
  const user_claimed claimed_;
  stored_messages messages_;
  push_log log_;
  std::uint64_t last_claim_ = 0;
  std::unordered_map<user_id, held_user> users_;
  std::map<incarnation_id, receipt_table> receipts_;
  std::deque<std::pair<store_time, user_id>> unsettled_;  // when to look at it
};

}  // namespace pushmesh::cluster::push
