#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pushmesh::net {

/// An IP address as 16 bytes; one of IPv4 in its IPv4-mapped form (RFC 4291 section 2.5.5.2).
struct ip_address {
  std::array<std::uint8_t, 16> bytes{};

  /// `10.0.0.1`, `2001:db8::1`. No port, no brackets, no zone.
  static std::optional<ip_address> parse(std::string_view text);
  static ip_address of_v4(const std::array<std::uint8_t, 4>& bytes) noexcept;
  /// IPv4-mapped ones as IPv4.
  std::string str() const;
  friend bool operator==(const ip_address&, const ip_address&) = default;
};

/// Addresses and ranges (CIDR, RFC 4632 section 3.1).
class address_set {
 public:
  /// `10.0.0.0/8`, `2001:db8::/32`, or one address. Bits behind the prefix must be 0: a mistake is
  /// more likely than an intention.
  static bool is_range(std::string_view text);
  /// What is no range is left out.
  explicit address_set(const std::vector<std::string>& ranges);
  bool contains(const ip_address& a) const noexcept;
  bool empty() const noexcept { return ranges_.empty(); }

 private:
  struct range {
    ip_address first;
    unsigned bits;  // of the prefix, of 128
  };
  static std::optional<range> parse(std::string_view text);
  static bool is_in(const ip_address& a, const range& r) noexcept;
  std::vector<range> ranges_;
};

/// Whose request it is that came from `peer` with this X-Forwarded-For header: the right-most
/// address that is no proxy of ours. Each proxy appends whom it got the request from, so what is
/// further left is what the client claims. What is no address, or has none, ends the search: the
/// answer is the last proxy that is known then. `peer` itself where it is no proxy of ours.
std::string forwarded_client(std::string_view peer, std::string_view forwarded_for,
                             const address_set& proxies);

}  // namespace pushmesh::net
