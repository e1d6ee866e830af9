#include "net/protocol/bridge/bridge_errc.hpp"

#include <array>

namespace pushmesh::net {
namespace {

struct words {
  std::string_view name;
  std::string_view sentence;
};

constexpr std::array<words, bridge_errc_count> table{{
    {"malformed", "it is neither MessagePack nor JSON"},
    {"too_large", "it is larger than the bridge takes"},
    {"too_deep", "arrays and maps are nested too deeply"},
    {"too_many_elements", "it has too many arguments or rooms"},
    {"too_many_attachments", "it has more binary values than clients accept in one event"},
    {"bad_shape", "it is not what emitters send"},
    {"other_packet", "the packet is no event"},
    {"wrong_channel", "its namespace or room is not that of the channel it came on"},
    {"reserved_event", "the event name is reserved"},
    {"pickled", "it is pickled Python, which is not read: publish with an emitter package"},
    {"emitter_0", "it is of socket.io-emitter 0.x, which is not supported: use 1.0 or later"},
    {"other_request", "only official servers answer this kind of request"},
    {"switched_off", "this kind of request is switched off, see the options bridge.*"},
}};

const words& entry(bridge_errc e) noexcept {
  const auto index = static_cast<std::size_t>(e) - 1;
  static constexpr words unknown{"unknown", "unknown error"};
  return index < table.size() ? table[index] : unknown;
}

}  // namespace

std::string_view name_of(bridge_errc e) noexcept {
  return entry(e).name;
}
std::string_view to_string(bridge_errc e) noexcept {
  return entry(e).sentence;
}

}  // namespace pushmesh::net
