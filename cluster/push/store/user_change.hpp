#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "cluster/push/store/online_device.hpp"
#include "cluster/push/store/push_log.hpp"
#include "cluster/push/store/stored_messages.hpp"

/// What a user's owner writes: the steps by which his record changes, as values. The owner applies
/// them to its record, the replica to its copy; a whole record is the row of steps that makes it
/// out of an empty one.
namespace pushmesh::cluster::push {

/// Where a tag comes from. Numbers are part of wire_v1.
enum class tag_source : std::uint8_t {
  granted,  ///< by a back-end or by `subscribe`: until it is taken away
  claimed,  ///< by the token of the last login: until the next one
};

/// Why a message left a queue. Numbers are part of wire_v1.
enum class removal : std::uint8_t {
  acked,
  expired,  ///< its ttl is over
  dropped,  ///< newer ones took its place; its receipt says `expired`
};

struct device_put {
  online_device device;
};
struct device_gone {
  socket_id socket;
};
struct tag_put {
  tag_name tag;
  tag_source source = tag_source::granted;
};
struct tag_gone {
  tag_name tag;
  tag_source source = tag_source::granted;
};
struct message_queued {
  message_ref message;
  std::uint16_t attempts = 0;  ///< not 0 in whole records
  store_time at;
};
struct message_sent {
  message_id id;
  std::uint16_t attempts = 1;
  store_time at;
};
struct message_removed {
  message_id id;
  removal why = removal::acked;
  std::uint16_t attempts = 0;  ///< that it had
  device_id device;            ///< that acknowledged it
  store_time at;
};
/// What lies up to there in the log was read for this user.
struct cursor_moved {
  log_position to;
};

using user_change = std::variant<device_put, device_gone, tag_put, tag_gone, message_queued,
                                 message_sent, message_removed, cursor_moved>;
using user_changes = std::vector<user_change>;

}  // namespace pushmesh::cluster::push
