// Finds placeholders in any text, begins binary packets with it, and checks what both promise.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "net/protocol/json_scanner.hpp"
#include "net/protocol/partial_packet.hpp"
#include "net/protocol/placeholders.hpp"

using namespace pushmesh::net;

namespace {

void expect(bool ok) {
  if (!ok) std::abort();
}

// They stand in the text one behind the other; in valid JSON each is an object.
void check_placeholders(std::string_view json) {
  const auto scan = scan_json(json, 1000);
  std::size_t end = 0;
  for (const auto& p : find_placeholders(json)) {
    expect(p.offset >= end && p.size >= 2 && p.offset + p.size <= json.size());
    end = p.offset + p.size;
    expect(json[p.offset] == '{' || json[p.offset] == '[');
    if (!scan) continue;
    expect(scan->has_placeholder);
    const auto object = json.substr(p.offset, p.size);
    const auto again = find_placeholders(object);
    expect(scan_json(object, 1000).has_value() && kind_of(object) == json_kind::object);
    expect(again.size() == 1 && again[0].offset == 0 && again[0].size == p.size);
    expect(again[0].index == p.index);
  }
}

void check_packet(std::string_view text) {
  protocol_limits limits;
  limits.max_json_depth = 16;
  const auto begun = partial_packet::begin(text, limits);
  if (!begun) return;
  auto& p = **begun;
  expect(announces_attachments(text) || p.complete());
  const auto announced = p.packet().attachments;
  expect(announced <= limits.max_attachments);
  if (announced > 0)
    for (const auto& place : find_placeholders(p.packet().payload))
      expect(place.index && *place.index < announced);
  while (!p.complete()) p.add(text);
  expect(p.attachments().size() == announced && p.bytes() == text.size() * (1 + announced));
  for (auto e : p.elements()) expect(scan_json(e, limits.max_json_depth).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_placeholders(text);
  check_packet(text);
  return 0;
}
