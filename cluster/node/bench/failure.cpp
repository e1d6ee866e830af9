#include "cluster/node/bench/failure.hpp"

#include <array>
#include <cerrno>

namespace pushmesh::bench {
namespace {

struct row {
  std::string_view name;
  std::string_view words;
};

constexpr std::array<row, failure_kinds> rows{{
    {"refused", "refused by the server"},
    {"reset", "reset by the server"},
    {"timed_out", "timed out"},
    {"unreachable", "server unreachable"},
    {"descriptors", "no descriptor left"},
    {"source_ports", "no source port left"},
    {"memory", "no memory left in the kernel"},
    {"http_status", "upgrade refused with an HTTP status"},
    {"bad_upgrade", "answer to the upgrade not understood"},
    {"namespace_refused", "namespace refused"},
    {"disconnected", "disconnected by the server"},
    {"closed", "closed by the server"},
    {"bad_frame", "broken WebSocket frame"},
    {"bad_packet", "broken packet"},
    {"other", "other errors"},
}};

}  // namespace

std::string_view name_of(failure f) noexcept {
  return rows[static_cast<std::size_t>(f)].name;
}

std::string_view words_of(failure f) noexcept {
  return rows[static_cast<std::size_t>(f)].words;
}

failure failure_of(int error) noexcept {
  switch (error) {
    case ECONNREFUSED:
      return failure::refused;
    case ECONNRESET:
    case EPIPE:
    case ECONNABORTED:
      return failure::reset;
    case ETIMEDOUT:
      return failure::timed_out;
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EACCES:
    case EPERM:
      return failure::unreachable;
    case EMFILE:
    case ENFILE:
      return failure::descriptors;
    case EADDRNOTAVAIL:
    case EADDRINUSE:
      return failure::source_ports;
    case ENOMEM:
    case ENOBUFS:
      return failure::memory;
    default:
      return failure::other;
  }
}

}  // namespace pushmesh::bench
