#include "actors/partial_packets.hpp"

#include <iterator>
#include <utility>

namespace pushmesh::actors {

partial_packets::entry& partial_packets::add(socket_actor& owner,
                                             std::unique_ptr<net::partial_packet> packet) {
  bytes_ += packet->bytes();
  auto& e = entries_.emplace_back(entry{&owner, std::move(packet), {}});
  e.self = std::prev(entries_.end());
  return e;
}

void partial_packets::grow(entry& e, std::string_view attachment) {
  e.packet->add(attachment);
  bytes_ += attachment.size();
}

std::unique_ptr<net::partial_packet> partial_packets::take(entry& e) {
  auto packet = std::move(e.packet);
  bytes_ -= packet->bytes();
  entries_.erase(e.self);
  return packet;
}

socket_actor* partial_packets::give_up_oldest(std::size_t max_bytes) {
  if (bytes_ <= max_bytes) return nullptr;
  auto* const owner = entries_.front().owner;
  take(entries_.front());
  return owner;
}

}  // namespace pushmesh::actors
