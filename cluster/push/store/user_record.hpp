#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <vector>

#include <tl/expected.hpp>

#include "cluster/push/store/device_policy.hpp"
#include "cluster/push/store/offline_queue.hpp"
#include "cluster/push/store/push_log.hpp"
#include "cluster/push/store/store_limits.hpp"
#include "cluster/push/store/user_change.hpp"

namespace pushmesh::cluster::push {

/// Everything the store knows of one user: his devices that are online, his tags, what he has not
/// acknowledged, and how far he has read the log. Made and changed by his owner alone, one
/// operation after the other; each appends to `out` the changes it has carried out already, for the
/// copy elsewhere, which apply()s them.
class user_record {
 public:
  explicit user_record(user_id user, log_position read = {})
      : user_(std::move(user)), read_(read) {}

  // Logins.
  /// `claimed`: the tags of his token, which replace those of the last login.
  /// store_errc::duplicate_session, or full.
  tl::expected<admission, store_errc> admit(const online_device& d,
                                            const std::vector<tag_name>& claimed,
                                            const device_policy& policy, const store_limits& limits,
                                            user_changes& out);
  /// The socket logged out or is gone. False: it was not known.
  bool release(const socket_id& socket, user_changes& out);

  // Tags. What lies in the log is to be read before: read_log().
  tl::expected<void, store_errc> tag(const tag_name& tag, tag_source source,
                                     const store_limits& limits, user_changes& out);
  void untag(const tag_name& tag, user_changes& out);

  // Messages.
  /// Takes what the log has for him into his queue. Before every other operation: his queue then
  /// has one order over name, tag and all.
  void read_log(const push_log& log, const store_limits& limits, store_time now, user_changes& out);
  /// Behind all others. A message that is in the queue stays where it is. store_errc::full by
  /// queue_policy::refuse_newest.
  tl::expected<void, store_errc> enqueue(const message_ref& m, const store_limits& limits,
                                         store_time now, user_changes& out);
  /// It is being sent to his devices. Which attempt that is; 0: it is not in the queue.
  std::uint16_t sent(const message_id& id, store_time now, user_changes& out);
  /// A device acknowledged it: no device is sent it again. False: it is not in the queue.
  bool acknowledge(const message_id& id, const device_id& by, store_time now, user_changes& out);
  /// `last` of a login: that one and all before it. An unknown id is ignored: 0.
  std::size_t acknowledge_through(const message_id& last, const device_id& by, store_time now,
                                  user_changes& out);
  void expire(store_time now, user_changes& out);

  // The copy.
  void apply(const user_change& change);
  /// The changes that make this record out of an empty one. Messages are `at` their creation.
  user_changes whole() const;

  const user_id& user() const noexcept { return user_; }
  const std::vector<online_device>& devices() const noexcept { return devices_; }
  const online_device* device(const socket_id& socket) const noexcept;
  const offline_queue& queue() const noexcept { return queue_; }
  log_position read() const noexcept { return read_; }
  bool has_tag(const tag_name& tag) const {
    return granted_.contains(tag) || claimed_.contains(tag);
  }
  const std::set<tag_name>& granted() const noexcept { return granted_; }
  const std::set<tag_name>& claimed() const noexcept { return claimed_; }
  std::set<tag_name> tags() const;

  friend bool operator==(const user_record& a, const user_record& b);

 private:
  void carry_out(user_change change, user_changes& out);
  void remove(const offline_queue::entry& e, removal why, const device_id& by, store_time now,
              user_changes& out);
  std::size_t tag_count() const noexcept { return granted_.size() + claimed_.size(); }

  user_id user_;
  std::vector<online_device> devices_;  // in order of their logins
  std::set<tag_name> granted_, claimed_;
  offline_queue queue_;
  log_position read_;
};

}  // namespace pushmesh::cluster::push
