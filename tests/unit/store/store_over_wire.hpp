#pragma once

#include <stdexcept>
#include <string>
#include <variant>

#include "cluster/push/store/store_wire.hpp"

namespace pushmesh::test {

/// What the other side of a link makes of a message.
inline cluster::push::store_message over_wire(const cluster::push::store_message& m) {
  namespace wire = cluster::wire_v1;
  std::string bytes;
  if (!cluster::push::encode(bytes, m)) throw std::runtime_error("cannot be encoded");
  wire::wire_reader reader(bytes, wire::max_joined);
  const auto item = wire::decode(reader.next().value().value());
  if (!item) throw std::runtime_error(item.error().message());
  return std::visit(
      [](const auto& x) -> cluster::push::store_message {
        if constexpr (requires { cluster::push::from_wire(x); })
          return cluster::push::from_wire(x);
        else
          throw std::runtime_error("not a message of the store");
      },
      *item);
}

}  // namespace pushmesh::test
