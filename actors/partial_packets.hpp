#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <string_view>

#include "net/protocol/partial_packet.hpp"

namespace pushmesh::actors {

class socket_actor;

/// The binary packets of one shard whose attachments are still on their way, and the bound on what
/// they hold together: beyond it, those that began first are given up, because a client that
/// finishes its packets never waits long. Only used on the shard's thread.
class partial_packets {
 public:
  struct entry {
    socket_actor* owner;
    std::unique_ptr<net::partial_packet> packet;
    std::list<entry>::iterator self;
  };

  entry& add(socket_actor& owner, std::unique_ptr<net::partial_packet> packet);
  /// An attachment came for `e`, which is not complete.
  void grow(entry& e, std::string_view attachment);
  std::unique_ptr<net::partial_packet> take(entry& e);
  /// Drops the oldest while there are more bytes: call until it gives nullptr, and close the owner
  /// it gives.
  socket_actor* give_up_oldest(std::size_t max_bytes);

  std::size_t bytes() const noexcept { return bytes_; }

 private:
  std::size_t bytes_ = 0;
  std::list<entry> entries_;  // in the order in which they began
};

}  // namespace pushmesh::actors
