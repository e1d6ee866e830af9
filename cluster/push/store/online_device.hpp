#pragma once

#include <string>

#include "actors/api/ids.hpp"
#include "cluster/link/peer_identity.hpp"
#include "cluster/push/store/store_ids.hpp"

namespace pushmesh::cluster::push {

/// A socket that is logged in, as the owner of its user knows it.
struct online_device {
  device_id device;
  platform_name platform;
  socket_id socket;
  incarnation_id home;  ///< the node that has the socket
  std::string node;     ///< its name
  store_time since;     ///< of the login
  std::string address;

  /// The same device as another login: a client that came back before its old socket was missed.
  /// Devices without a name are never the same.
  bool is_device_of(const online_device& other) const noexcept {
    return !device.empty() && device == other.device;
  }
  friend bool operator==(const online_device&, const online_device&) = default;
};

}  // namespace pushmesh::cluster::push
