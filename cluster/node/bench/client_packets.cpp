#include "cluster/node/bench/client_packets.hpp"

#include <charconv>

namespace pushmesh::bench {
namespace {

// The pair of RFC 6455 section 1.3. The key needs to be unpredictable only to protect caches.
constexpr std::string_view websocket_key = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view websocket_accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

// Masks need only differ: xorshift, one state per process.
std::uint32_t next_mask() noexcept {
  static std::uint32_t state = 0x9E3779B9;
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool equal_ignoring_case(std::string_view a, std::string_view lower_case) noexcept {
  if (a.size() != lower_case.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (lower(a[i]) != lower_case[i]) return false;
  return true;
}

void skip_blanks(std::string_view& text) noexcept {
  while (text.starts_with(' ')) text.remove_prefix(1);
}

// Takes a number with the blanks around it from the front of `text`.
template <class Number>
bool take_number(std::string_view& text, Number& value) noexcept {
  skip_blanks(text);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  skip_blanks(text);
  return true;
}

}  // namespace

void append_client_frame(std::string& out, net::ws_opcode op,
                         std::initializer_list<std::string_view> pieces) {
  std::size_t size = 0;
  for (const auto piece : pieces) size += piece.size();
  char header[net::max_ws_header];
  const auto mask = next_mask();
  out.append(header, net::write_ws_header(header, op, size, mask));
  const auto begin = out.size();
  for (const auto piece : pieces) out += piece;
  net::apply_mask({out.data() + begin, size}, mask);
}

std::optional<stamp> read_stamp(std::string_view args) noexcept {
  stamp s;
  if (!take_number(args, s.sent_us) || !args.starts_with(',')) return std::nullopt;
  args.remove_prefix(1);
  if (!take_number(args, s.seq)) return std::nullopt;
  if (!args.starts_with(',') && !args.starts_with(']')) return std::nullopt;
  return s;
}

client_phrases::client_phrases(std::string_view name, std::string_view engine_path)
    : path(engine_path), nsp(name), in_packets(name == "/" ? "" : nsp + ",") {
  connect = "40" + in_packets;
  event = "42" + in_packets;
  ack = "43" + in_packets;
  stamped_prefix = event + "[\"bench\",";
}

std::string client_phrases::upgrade_request(std::string_view host) const {
  std::string request = "GET " + path;
  request += path.find('?') == std::string::npos ? "?" : "&";
  request += "EIO=4&transport=websocket HTTP/1.1\r\nHost: ";
  request += host;
  request += "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n";
  request += "Sec-WebSocket-Key: ";
  request += websocket_key;
  return request += "\r\n\r\n";
}

int status_of(std::string_view head) noexcept {
  if (head.size() < 12 || !head.starts_with("HTTP/1.") || head[8] != ' ') return 0;
  int status = 0;
  const auto [at, error] = std::from_chars(head.data() + 9, head.data() + 12, status);
  return error == std::errc{} && at == head.data() + 12 ? status : 0;
}

std::string_view header_of(std::string_view head, std::string_view name) noexcept {
  for (;;) {
    const auto line_end = head.find("\r\n");
    if (line_end == std::string_view::npos) return {};
    head.remove_prefix(line_end + 2);
    const auto line = head.substr(0, head.find("\r\n"));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    if (!equal_ignoring_case(line.substr(0, colon), name)) continue;
    auto value = line.substr(colon + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    while (value.ends_with(' ')) value.remove_suffix(1);
    return value;
  }
}

bool is_upgraded(std::string_view head) {
  return status_of(head) == 101 && equal_ignoring_case(header_of(head, "upgrade"), "websocket") &&
         header_of(head, "sec-websocket-accept") == websocket_accept;
}

}  // namespace pushmesh::bench
