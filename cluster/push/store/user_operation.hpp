#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cluster/push/store/user_record.hpp"

namespace pushmesh::cluster::push {

/// What a user's owner is asked to do. Numbers are part of wire_v1.
enum class user_verb : std::uint8_t {
  admit,    ///< `device` logs in, with the `tags` of its token
  confirm,  ///< it may have been told before: ranks by `device.since`, not as the newest login
  release,  ///< the socket of `device` is gone
  tag,      ///< grants `tags`
  untag,
  enqueue,              ///< `payload`
  sent,                 ///< `message` is being sent to his devices
  acknowledge,          ///< `message`, by `device.device`
  acknowledge_through,  ///< that and all before it
  look,                 ///< nothing
};

struct user_operation {
  user_verb verb = user_verb::look;
  online_device device;
  std::vector<tag_name> tags;
  message_id message;
  message_ref payload;
};

/// What a user's record holds, for who asks.
struct user_view {
  std::vector<online_device> devices;
  std::vector<tag_name> tags;
  std::vector<offline_queue::entry> waiting;  ///< the first ones; see max_looked_at
  std::uint64_t offline = 0;                  ///< how many wait in all
};

/// What came of an operation.
struct user_outcome {
  std::optional<store_errc> error;
  /// sent: which attempt. acknowledge, release: 1 if it was there. acknowledge_through: how many.
  std::uint64_t count = 0;
  /// Of admit and confirm; of confirm the device itself may be one.
  std::vector<losing_device> losers;
  user_view view;  ///< of look
};

/// Messages that `look` lists at most: what a client is sent in one go.
inline constexpr std::size_t max_looked_at = 100;

/// Carries it out on a record whose log is read. Changes are appended to `out`.
user_outcome carry_out(user_record& on, const user_operation& op, const device_policy& policy,
                       const store_limits& limits, store_time now, user_changes& out);

}  // namespace pushmesh::cluster::push
