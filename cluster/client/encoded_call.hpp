#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cluster/link/wire_v1.hpp"

namespace pushmesh::cluster {

/// The items of a call, encoded. None when one of them breaks a bound of the wire format.
template <class... Items>
std::vector<std::string> encoded(const Items&... items) {
  std::vector<std::string> all;
  const auto add = [&all](const auto& item) {
    return wire_v1::encode(all.emplace_back(), item).has_value();
  };
  if (!(add(items) && ...)) all.clear();
  return all;
}

}  // namespace pushmesh::cluster
