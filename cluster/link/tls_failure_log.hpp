#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "net/transport/openssl_error_queue.hpp"

namespace pushmesh::cluster {

/// Makes log lines of TLS connections between nodes that failed: one for each address and reason
/// in a minute, since whoever fails tries again and strangers may try as often as they like. A
/// value without a thread.
class tls_failure_log {
 public:
  using clock = std::chrono::steady_clock;
  static constexpr auto pause = std::chrono::minutes(1);
  /// Pairs of address and reason that are remembered: some 40 KB. Beyond, and until the next
  /// minute, nothing is logged.
  static constexpr std::size_t max_known = 256;

  /// nullopt: said already.
  std::optional<std::string> line(const net::tls_failure& f, clock::time_point now);
  std::uint64_t total() const noexcept { return total_; }

 private:
  std::map<std::pair<std::string, std::string>, clock::time_point> known_;
  std::uint64_t total_ = 0;
};

}  // namespace pushmesh::cluster
