// What callers of the HTTP API send: paths, and the body of an emit.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "cluster/node/http/api/api_path.hpp"
#include "cluster/node/http/api/emit_order.hpp"
#include "net/protocol/json_scanner.hpp"
#include "net/protocol/utf8.hpp"

using namespace pushmesh;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto segments = http::split_path(text)) {
    std::string joined;
    for (const auto segment : *segments) {
      if (segment.find('/') != std::string_view::npos) std::abort();
      (joined += '/') += segment;
    }
    if (joined != text.substr(0, text.find('?'))) std::abort();
  }
  if (const auto decoded = http::decode_segment(text)) {
    if (decoded->empty() || *decoded == "." || *decoded == "..") std::abort();
    if (!net::is_valid_utf8(*decoded)) std::abort();
  }
  const auto order = http::parse_emit_order(text, 16);
  if (order) {
    if (order->event.empty() || order->nsp.empty()) std::abort();
    if (order->rooms && order->rooms->empty()) std::abort();
    // What goes into the event's packet is JSON.
    if (!net::scan_json("[" + std::string(order->args) + "]", 16)) std::abort();
  } else if (order.error().message.empty()) {
    std::abort();
  }
  return 0;
}
