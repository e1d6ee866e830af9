#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cluster/push/store/online_device.hpp"

namespace pushmesh::cluster::push {

/// How many devices of a user may be online, and who makes room.
struct device_policy {
  enum class rule : std::uint8_t {
    newest,            ///< one: the newest login
    one_per_platform,  ///< the newest login of each platform
    max,               ///< `max_devices`: the longest logged in makes room
    refuse,            ///< one: the first; a further login is refused
  };
  rule which = rule::newest;
  std::size_t max_devices = 1;  ///< of `max`; at least 1
};

enum class loss_reason : std::uint8_t {
  replaced,  ///< a newer login took its place
};

/// A device that has to make room, and for whom: its client is told.
struct losing_device {
  online_device device;
  loss_reason reason = loss_reason::replaced;
  platform_name by;  ///< platform of the winner
  friend bool operator==(const losing_device&, const losing_device&) = default;
};

/// What becomes of a login.
struct admission {
  bool admitted = false;
  std::vector<losing_device> losers;  ///< none when it is refused
};

/// Decides about a login of a user whose devices `online` are. A socket that is there already is
/// admitted again and costs nobody; the same device always replaces itself. `most` bounds what is
/// online afterwards.
admission decide(const device_policy& policy, const std::vector<online_device>& online,
                 const online_device& newcomer, std::size_t most);

}  // namespace pushmesh::cluster::push
