#pragma once

#include "cluster/push/store/device_policy.hpp"
#include "cluster/push/store/store_limits.hpp"

namespace pushmesh::cluster::push {

/// What all nodes of a cluster must have alike.
struct store_options {
  device_policy devices;
  store_limits limits;
};

}  // namespace pushmesh::cluster::push
