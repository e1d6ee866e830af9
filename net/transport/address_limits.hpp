#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <unordered_map>
#include <vector>

#include "net/protocol/errc.hpp"
#include "net/transport/address_place.hpp"
#include "net/transport/address_set.hpp"
#include "net/transport/options.hpp"

namespace pushmesh::net {

/// Bounds what one client address may have of a node: connections, and new ones per second. An IPv6
/// address stands for its /64, which is what one subscriber has (RFC 6177). Proxies that are named
/// but do not tell their clients have no bound: all clients would share it. One per node, used by
/// all its loops, any thread. What it remembers is bounded by the connections there are and those
/// of the last two seconds.
class address_limits {
 public:
  using clock = std::chrono::steady_clock;

  struct bounds {
    std::uint32_t max_connections = 0;   ///< 0: any
    std::uint32_t max_connect_rate = 0;  ///< per second, and as many at once; 0: any
    explicit operator bool() const noexcept { return max_connections > 0 || max_connect_rate > 0; }
  };
  /// Those that are asked for; where clients' addresses are known, the rest by default.
  static bounds bounds_of(const transport_options& options) noexcept;

  /// `log` gets a sentence for an operator, at most one in ten seconds. May be empty.
  address_limits(bounds b, const std::vector<std::string>& trusted_proxies,
                 std::function<void(std::string_view)> log = {});
  ~address_limits();
  address_limits(const address_limits&) = delete;
  address_limits& operator=(const address_limits&) = delete;

  /// Counts a new connection; `address` is text, what is no IP address has no bound. Fails with
  /// too_many_connections or connects_too_often.
  tl::expected<address_place, errc> take(std::string_view address, clock::time_point now);
  /// Addresses that are remembered.
  std::size_t addresses() const;

 private:
  using key = std::array<std::uint8_t, 16>;
  struct key_hash {
    std::size_t operator()(const key& k) const noexcept;
  };
  /// Gives the table's own reference back.
  struct forget {
    void operator()(address_place::record* r) const noexcept { address_place{r}; }
  };
  using record_ref = std::unique_ptr<address_place::record, forget>;
  /// A part of the table behind a lock of its own.
  struct part {
    std::mutex mutex;
    std::unordered_map<key, record_ref, key_hash> records;
    std::size_t sweep_at = 0;  ///< records; then those that mean nothing any more go
  };

  static void sweep(part& p, clock::time_point now);
  void tell_of_many(std::string_view address, bool is_proxy, std::uint32_t connections,
                    clock::time_point now);
  void tell(clock::time_point now, const std::string& line);

  const bounds bounds_;
  const address_set proxies_;
  const std::function<void(std::string_view)> log_;
  std::atomic<clock::rep> next_line_{clock::time_point::min().time_since_epoch().count()};
  mutable std::array<part, 16> parts_;
};

}  // namespace pushmesh::net
