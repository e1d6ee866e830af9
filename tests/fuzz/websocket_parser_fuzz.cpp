// Feeds the same bytes in one read and in many: both must see the same events and the same error.
// The first byte of the input chooses role and bound, the second the size of the reads.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "net/protocol/utf8.hpp"
#include "net/protocol/websocket_parser.hpp"

using namespace pushmesh::net;

namespace {

struct seen {
  ws_opcode kind;
  std::string payload;
  std::uint16_t close_code;
  bool operator==(const seen&) const = default;
};

struct outcome {
  std::vector<seen> events;
  std::uint16_t error = 0;
  bool operator==(const outcome&) const = default;
};

void expect(bool ok) {
  if (!ok) std::abort();
}

void check_event(const ws_event& e, std::size_t max_payload) {
  switch (e.kind) {
    case ws_opcode::text:
      expect(is_valid_utf8(e.payload));
      [[fallthrough]];
    case ws_opcode::binary:
      expect(e.payload.size() <= max_payload);
      break;
    case ws_opcode::close:
      expect(is_valid_utf8(e.payload));
      expect(e.close_code >= 1000 && e.close_code < 5000);
      [[fallthrough]];
    case ws_opcode::ping:
    case ws_opcode::pong:
      expect(e.payload.size() <= 125);
      break;
    default:
      std::abort();
  }
}

outcome feed(std::string_view bytes, std::size_t step, ws_role role, std::size_t max_payload) {
  websocket_parser parser(role, max_payload);
  outcome out;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    const auto piece = bytes.substr(at, step);
    std::vector<char> read(piece.begin(), piece.end());
    std::span<char> input(read);
    for (;;) {
      auto e = parser.next(input);
      if (!e) {
        out.error = e.error().close_code;
        expect(out.error == 1002 || out.error == 1007 || out.error == 1009);
        return out;
      }
      if (!*e) break;
      check_event(**e, max_payload);
      out.events.push_back({(*e)->kind, std::string((*e)->payload), (*e)->close_code});
    }
    expect(input.empty());
    expect(parser.buffered() <= max_payload + max_ws_header + 125);
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto role = data[0] & 1 ? ws_role::client : ws_role::server;
  const std::size_t max_payload = data[0] & 2 ? 64 : 1'000'000;
  const std::size_t step = 1 + data[1];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const auto whole = feed(bytes, bytes.size() + 1, role, max_payload);
  expect(whole == feed(bytes, step, role, max_payload));
  expect(whole == feed(bytes, 1, role, max_payload));
  return 0;
}
