// Bodies of polling requests, in all three forms.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "net/protocol/base64.hpp"
#include "net/protocol/engineio_payload.hpp"
#include "net/protocol/utf8.hpp"

using namespace pushmesh::net;

namespace {

void expect(bool ok) {
  if (!ok) std::abort();
}

struct owned_item {
  std::string data;
  bool is_binary;
};

// What was read, and whether all of it could be.
bool read_all(payload_form form, std::string_view body, std::vector<owned_item>& items) {
  payload_reader reader(form, body);
  std::size_t bytes = 0;
  for (;;) {
    const auto item = reader.next();
    if (!item) return false;
    if (!*item) return true;
    const auto& got = **item;
    expect(got.is_binary || (!got.data.empty() && is_valid_utf8(got.data)));
    bytes += got.data.size();
    expect(bytes <= body.size());
    items.push_back({std::string(got.data), got.is_binary});
  }
}

// Items that were read are read again from what is written of them. In the forms of protocol 4 and
// 3 a text that starts with `b` would be taken for a binary item: the Engine.IO types are digits.
void check(payload_form form, std::string_view body) {
  std::vector<owned_item> items;
  const bool whole = read_all(form, body, items);
  expect(!whole || !items.empty());
  std::string written;
  for (const auto& item : items) append_payload_item(written, form, {item.data, item.is_binary});
  if (items.empty()) return;
  for (const auto& item : items)
    if (!item.is_binary && (item.data.front() == 'b' || item.data.find('\x1e') != item.data.npos))
      return;
  std::vector<owned_item> again;
  expect(read_all(form, written, again));
  expect(again.size() == items.size());
  for (std::size_t i = 0; i < items.size(); ++i)
    expect(again[i].data == items[i].data && again[i].is_binary == items[i].is_binary);
}

void check_base64(std::string_view text) {
  std::string encoded;
  append_base64(encoded, text);
  expect(encoded.size() == base64_size(text.size()));
  std::string decoded;
  expect(decode_base64(encoded, decoded) && decoded == text);
  decode_base64(text, decoded);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  check(static_cast<payload_form>(data[0] % 3), text);
  check_base64(text);
  return 0;
}
