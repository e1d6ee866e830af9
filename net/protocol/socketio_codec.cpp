#include "net/protocol/socketio_codec.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "net/protocol/engineio_request.hpp"
#include "net/protocol/json_scanner.hpp"

namespace pushmesh::net {
namespace {

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

bool is_binary(socketio_type t) noexcept {
  return t == socketio_type::binary_event || t == socketio_type::binary_ack;
}

// Takes the digits at the front of `rest`.
std::string_view take_digits(std::string_view& rest) noexcept {
  const auto end = std::find_if_not(rest.begin(), rest.end(), is_digit);
  const auto digits = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
  rest.remove_prefix(digits.size());
  return digits;
}

// `<n>-`. Any number of digits is read, without overflow.
tl::expected<std::uint32_t, errc> take_attachments(std::string_view& rest, std::size_t max) {
  const auto digits = take_digits(rest);
  if (digits.empty() || rest.empty() || rest.front() != '-')
    return tl::make_unexpected(errc::bad_attachment_count);
  rest.remove_prefix(1);
  std::uint64_t n = 0;
  for (char c : digits) {
    n = n * 10 + static_cast<unsigned>(c - '0');
    if (n > max || n > UINT32_MAX) return tl::make_unexpected(errc::too_many_attachments);
  }
  return static_cast<std::uint32_t>(n);
}

// `/name[?query],`; the comma may lack at the end of the text.
tl::expected<std::pair<std::string_view, std::string_view>, errc> take_namespace(
    std::string_view& rest, std::size_t max) {
  if (rest.empty() || rest.front() != '/') return std::pair("/", std::string_view());
  const auto end = std::min(rest.find(','), rest.size());
  const auto name = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  const auto parts = split_target(name);
  if (parts.first.size() > max) return tl::make_unexpected(errc::namespace_too_long);
  return parts;
}

std::string_view trim(std::string_view json) noexcept {
  constexpr std::string_view space = " \t\r\n";
  json.remove_prefix(std::min(json.find_first_not_of(space), json.size()));
  return json.substr(0, json.find_last_not_of(space) + 1);
}

std::optional<errc> check_event_name(std::string_view raw, std::size_t max) {
  const json_kind kind = kind_of(raw);
  if (kind != json_kind::string && kind != json_kind::number) return errc::bad_payload_shape;
  if (raw.size() > max) return errc::event_name_too_long;
  if (kind == json_kind::number) return std::nullopt;
  const bool escaped = raw.find('\\') != std::string_view::npos;
  const bool reserved = escaped ? is_reserved_event(decode_json_string(raw))
                                : is_reserved_event(raw.substr(1, raw.size() - 2));
  if (reserved) return errc::reserved_event;
  return std::nullopt;
}

// What each packet type may carry (isPayloadValid of the official parser).
std::optional<errc> check_payload(socketio_type type, json_kind kind,
                                  const std::vector<std::string_view>& elements,
                                  const protocol_limits& limits) {
  bool fits = false;
  switch (type) {
    case socketio_type::connect:
      fits = kind == json_kind::object;
      break;
    case socketio_type::disconnect:
      break;
    case socketio_type::connect_error:
      fits = kind == json_kind::object || kind == json_kind::string;
      break;
    case socketio_type::ack:
    case socketio_type::binary_ack:
      fits = kind == json_kind::array;
      break;
    case socketio_type::event:
    case socketio_type::binary_event:
      if (kind != json_kind::array || elements.empty()) break;
      return check_event_name(elements.front(), limits.max_event_name_length);
  }
  if (!fits) return errc::bad_payload_shape;
  return std::nullopt;
}

bool carries_array(socketio_type t) noexcept {
  return t == socketio_type::event || t == socketio_type::ack || is_binary(t);
}

tl::expected<void, errc> read_payload(socketio_packet& packet, std::string_view rest,
                                      const protocol_limits& limits,
                                      std::vector<std::string_view>& elements) {
  if (rest.empty()) return {};
  if (packet.type == socketio_type::disconnect) return tl::make_unexpected(errc::bad_payload_shape);
  const auto scan =
      scan_json(rest, limits.max_json_depth, carries_array(packet.type) ? &elements : nullptr);
  if (!scan) return tl::make_unexpected(scan.error());
  if (auto wrong = check_payload(packet.type, scan->kind, elements, limits))
    return tl::make_unexpected(*wrong);
  packet.payload = trim(rest);
  packet.has_placeholder = scan->has_placeholder;
  return {};
}

}  // namespace

tl::expected<socketio_packet, errc> decode_socketio(std::string_view text,
                                                    const protocol_limits& limits,
                                                    std::vector<std::string_view>& elements) {
  elements.clear();
  if (text.empty()) return tl::make_unexpected(errc::empty_packet);
  const char type = text.front();
  if (type < '0' || type > '6') return tl::make_unexpected(errc::unknown_packet_type);

  socketio_packet packet;
  packet.type = static_cast<socketio_type>(type - '0');
  std::string_view rest = text.substr(1);
  if (is_binary(packet.type)) {
    const auto n = take_attachments(rest, limits.max_attachments);
    if (!n) return tl::make_unexpected(n.error());
    packet.attachments = *n;
  }
  const auto nsp = take_namespace(rest, limits.max_namespace_length);
  if (!nsp) return tl::make_unexpected(nsp.error());
  packet.nsp = nsp->first;
  packet.nsp_query = nsp->second;
  packet.ack_id = take_digits(rest);
  if (auto done = read_payload(packet, rest, limits, elements); !done)
    return tl::make_unexpected(done.error());
  return packet;
}

std::optional<std::uint64_t> parse_ack_id(std::string_view digits) noexcept {
  constexpr std::uint64_t max_id = std::uint64_t{1} << 53;
  if (digits.empty()) return std::nullopt;
  std::uint64_t n = 0;
  for (char c : digits) {
    if (!is_digit(c)) return std::nullopt;
    n = n * 10 + static_cast<unsigned>(c - '0');
    if (n > max_id) return std::nullopt;
  }
  return n;
}

bool is_reserved_event(std::string_view name) noexcept {
  constexpr std::array<std::string_view, 6> reserved{
      "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"};
  return std::find(reserved.begin(), reserved.end(), name) != reserved.end();
}

std::string socketio_prefix(socketio_type type, std::string_view nsp,
                            std::optional<std::string_view> ack_id, std::size_t attachments) {
  std::string out(1, static_cast<char>('0' + static_cast<int>(type)));
  if (is_binary(type)) {
    out += std::to_string(attachments);
    out += '-';
  }
  if (!nsp.empty() && nsp != "/") {
    out += nsp;
    out += ',';
  }
  if (ack_id) out += *ack_id;
  return out;
}

std::string encode_connect(std::string_view nsp, std::string_view sid, std::string_view pid) {
  std::string out = socketio_prefix(socketio_type::connect, nsp);
  out += "{\"sid\":";
  append_json_string(out, sid);
  if (!pid.empty()) {
    out += ",\"pid\":";
    append_json_string(out, pid);
  }
  out += '}';
  return out;
}

std::string encode_connect_v4(std::string_view nsp) {
  return socketio_prefix(socketio_type::connect, nsp);
}

std::string encode_error_v4(std::string_view nsp, std::string_view json) {
  return socketio_prefix(socketio_type::connect_error, nsp).append(json);
}

std::string encode_disconnect(std::string_view nsp) {
  return socketio_prefix(socketio_type::disconnect, nsp);
}

std::string encode_connect_error(std::string_view nsp, std::string_view message,
                                 std::string_view data_json) {
  std::string out = socketio_prefix(socketio_type::connect_error, nsp);
  out += "{\"message\":";
  append_json_string(out, message);
  if (!data_json.empty()) {
    out += ",\"data\":";
    out += data_json;
  }
  out += '}';
  return out;
}

}  // namespace pushmesh::net
