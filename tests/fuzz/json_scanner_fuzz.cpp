// Compares the JSON scanner with RapidJSON, and encoding with decoding of strings: what comes back
// is the text with U+FFFD for what is no UTF-8.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "net/protocol/json_scanner.hpp"
#include "net/protocol/utf8.hpp"
#include "tests/unit/protocol/json_reference.hpp"
#include "tests/unit/protocol/utf8_reference.hpp"

using namespace pushmesh::net;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto difference = test::disagreement(text);
  if (!difference.empty()) {
    std::fprintf(stderr, "%s\n", difference.c_str());
    std::abort();
  }
  // A bound on the depth may only refuse more.
  const bool bounded = scan_json(text, 4).has_value();
  if (bounded && !scan_json(text, SIZE_MAX)) std::abort();

  // The parts of a value are values, and tile it: none overlaps the one before.
  const char* behind = text.data();
  const auto check = [&](std::string_view part) {
    if (part.data() < behind || !scan_json(part, SIZE_MAX)) std::abort();
    behind = part.data() + part.size();
  };
  if (const auto members = scan_json_object(text, SIZE_MAX, SIZE_MAX))
    for (const auto& [name, value] : *members) {
      check(name);
      if (kind_of(name) != json_kind::string) std::abort();
      check(value);
    }
  if (const auto elements = scan_json_array(text, SIZE_MAX, SIZE_MAX))
    for (const auto element : *elements) check(element);

  std::string encoded;
  append_json_string(encoded, text);
  const auto scan = scan_json(encoded, 0);
  if (!scan || scan->kind != json_kind::string) std::abort();
  if (!is_valid_utf8(encoded)) std::abort();
  const std::string expected = test::replaced(text);
  if (is_valid_utf8(text) && expected != text) std::abort();
  if (decode_json_string(encoded) != expected) std::abort();
  return 0;
}
