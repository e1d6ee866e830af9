#include "net/protocol/close_reason.hpp"

#include <array>
#include <cstddef>

namespace pushmesh {
namespace {

using enum client_advice;

// In the order of the enumerators, which are stable numbers. Codes: RFC 6455 section 7.4.1 and, for
// 1013 (try again later), the IANA registry it founded.
constexpr std::array<close_reason_info, 16> reasons{{
    {"none", "The connection is not closed.", 1000, reconnect},
    {"server namespace disconnect", "The server disconnected the socket.", 1000, stay_away},
    {"client namespace disconnect", "The client left the namespace.", 1000, stay_away},
    {"server shutting down", "The node is being stopped.", 1001, reconnect},
    {"ping timeout", "The client did not answer a ping in time.", 1001, reconnect},
    {"transport close", "The client closed the transport or its network went away.", 1000,
     reconnect},
    {"transport error", "Reading from or writing to the transport failed.", 1011, reconnect},
    {"parse error", "The client sent bytes that are no valid packet.", 1002, fix_the_client},
    {"forced close", "The client or the application closed the whole connection.", 1000, reconnect},
    {"forced server close", "The server closed the whole connection.", 1000, reconnect},
    {"connect timeout", "The client joined no namespace in time.", 1008, reconnect},
    {"slow consumer", "The client read too slowly: its outbound queue passed its bound.", 1008,
     reconnect},
    {"node overloaded", "The node ran out of room for messages.", 1013, reconnect},
    {"message too big", "A message of the client passed maxPayload.", 1009, fix_the_client},
    {"handler failed", "A handler of the application threw an exception.", 1011, reconnect},
    {"rate limited", "The client sent more messages per second than the node takes.", 1008,
     fix_the_client},
}};
static_assert(reasons.size() == static_cast<std::size_t>(close_reason::rate_limited) + 1);

}  // namespace

const close_reason_info& info(close_reason r) noexcept {
  const auto i = static_cast<std::size_t>(r);
  return i < reasons.size() ? reasons[i] : reasons[0];
}

}  // namespace pushmesh
