#include "net/protocol/engineio_packet.hpp"

#include "net/protocol/json_scanner.hpp"

namespace pushmesh::net {

tl::expected<engineio_packet, errc> parse_engineio_packet(std::string_view text) noexcept {
  if (text.empty()) return tl::make_unexpected(errc::empty_packet);
  const char type = text.front();
  if (type < '0' || type > '6') return tl::make_unexpected(errc::unknown_engine_packet);
  return engineio_packet{static_cast<engineio_type>(type), text.substr(1)};
}

std::string encode_open_packet(const engineio_open& open) {
  std::string out = "0{\"sid\":";
  append_json_string(out, open.sid);
  out += ",\"upgrades\":[";
  for (std::size_t i = 0; i < open.upgrades.size(); ++i) {
    if (i > 0) out += ',';
    append_json_string(out, open.upgrades[i]);
  }
  out += "],\"pingInterval\":" + std::to_string(open.ping_interval.count());
  out += ",\"pingTimeout\":" + std::to_string(open.ping_timeout.count());
  out += ",\"maxPayload\":" + std::to_string(open.max_payload);
  out += '}';
  return out;
}

}  // namespace pushmesh::net
