// Engine.IO packets, and the query of Engine.IO requests.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "net/protocol/engineio_packet.hpp"
#include "net/protocol/engineio_request.hpp"
#include "net/protocol/json_scanner.hpp"

using namespace pushmesh::net;

namespace {

void expect(bool ok) {
  if (!ok) std::abort();
}

bool inside(std::string_view part, std::string_view whole) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

void check_packet(std::string_view text) {
  const auto packet = parse_engineio_packet(text);
  const bool known = !text.empty() && text[0] >= '0' && text[0] <= '6';
  expect(packet.has_value() == known);
  if (packet) expect(inside(packet->data, text) && packet->data.size() + 1 == text.size());
}

void check_open(std::string_view text) {
  using namespace std::chrono_literals;
  const std::string_view upgrades[] = {text, "websocket"};
  const auto packet = encode_open_packet({text, upgrades, 25000ms, 20000ms, 1'000'000});
  const auto scan = scan_json(std::string_view(packet).substr(1), 2);
  expect(scan && scan->kind == json_kind::object);
}

void check_request(std::string_view target) {
  const auto [path, query] = split_target(target);
  expect(inside(path, target) && path.find('?') == std::string_view::npos);
  std::string transport;
  std::size_t transports = 0;
  for (const auto& p : parse_query(query)) {
    expect(p.name.size() + p.value.size() <= query.size());
    if (p.name != "transport") continue;
    transport = p.value;
    ++transports;
  }
  const auto request = parse_engineio_request(query);
  const bool known = transports == 1 && (transport == "polling" || transport == "websocket");
  expect(known == (request || request.error() != errc::transport_unknown));
  if (!request) {
    const auto refusal = refusal_of(request.error());
    expect(refusal.status == 400 && scan_json(refusal.body, 1).has_value());
    return;
  }
  expect(request->version == 3 || request->version == 4);
  expect(request->sid.empty() || inside(request->sid, query));
  expect((request->transport == transport_kind::polling) == (transport == "polling"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_packet(text);
  check_open(text);
  check_request(text);
  return 0;
}
