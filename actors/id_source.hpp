#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "actors/api/ids.hpp"

namespace pushmesh::actors {

/// The tag of a node: 36 random bits as 6 base64url characters, new at every start.
using node_tag = std::array<char, socket_id::tag_length>;
node_tag make_node_tag();

/// Makes the ids of one shard: node tag, shard, 72 bits from the kernel's CSPRNG.
class id_source {
 public:
  id_source(const node_tag& tag, std::uint16_t shard) noexcept;
  socket_id next();

 private:
  std::array<char, 8> prefix_;
  std::array<unsigned char, 4096 - 4096 % 9> pool_;  // random bytes, 9 an id
  std::size_t used_ = sizeof pool_;
};

}  // namespace pushmesh::actors
