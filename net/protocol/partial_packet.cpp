#include "net/protocol/partial_packet.hpp"

#include <algorithm>

#include "net/protocol/placeholders.hpp"

namespace pushmesh::net {

tl::expected<std::unique_ptr<partial_packet>, errc> partial_packet::begin(
    std::string_view text, const protocol_limits& limits) {
  std::unique_ptr<partial_packet> made(new partial_packet(text));
  const auto packet = decode_socketio(made->text_, limits, made->elements_);
  if (!packet) return tl::make_unexpected(packet.error());
  made->packet_ = *packet;
  const auto announced = packet->attachments;
  if (announced == 0 || !packet->has_placeholder) return made;
  const auto named = find_placeholders(packet->payload);
  const auto due = [announced](const placeholder& p) { return p.index && *p.index < announced; };
  if (!std::all_of(named.begin(), named.end(), due))
    return tl::make_unexpected(errc::bad_placeholder);
  return made;
}

void partial_packet::add(std::string_view bytes) {
  attachments_.emplace_back(std::string(bytes));
  bytes_ += bytes.size();
}

}  // namespace pushmesh::net
