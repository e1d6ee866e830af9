#include "net/transport/address_set.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace pushmesh::net {
namespace {

constexpr std::array<std::uint8_t, 12> v4_mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned v4_offset = 96;

std::string_view trim(std::string_view s) noexcept {
  const auto first = s.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return s.substr(first, s.find_last_not_of(" \t") - first + 1);
}

// An element of X-Forwarded-For: some proxies add the port, and brackets then.
std::optional<ip_address> parse_element(std::string_view text) {
  text = trim(text);
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    return end == text.npos ? std::nullopt : ip_address::parse(text.substr(1, end - 1));
  }
  if (std::count(text.begin(), text.end(), ':') == 1) text = text.substr(0, text.find(':'));
  return ip_address::parse(text);
}

}  // namespace

std::optional<ip_address> ip_address::parse(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> zero_ended{};
  if (text.empty() || text.size() >= zero_ended.size()) return std::nullopt;
  std::copy(text.begin(), text.end(), zero_ended.begin());
  ip_address a;
  if (::inet_pton(AF_INET6, zero_ended.data(), a.bytes.data()) == 1) return a;
  std::array<std::uint8_t, 4> v4;
  if (::inet_pton(AF_INET, zero_ended.data(), v4.data()) == 1) return of_v4(v4);
  return std::nullopt;
}

ip_address ip_address::of_v4(const std::array<std::uint8_t, 4>& bytes) noexcept {
  ip_address a;
  std::copy(v4_mapped.begin(), v4_mapped.end(), a.bytes.begin());
  std::copy(bytes.begin(), bytes.end(), a.bytes.begin() + v4_mapped.size());
  return a;
}

std::string ip_address::str() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (std::equal(v4_mapped.begin(), v4_mapped.end(), bytes.begin()))
    ::inet_ntop(AF_INET, bytes.data() + v4_mapped.size(), text.data(), text.size());
  else
    ::inet_ntop(AF_INET6, bytes.data(), text.data(), text.size());
  return text.data();
}

std::optional<address_set::range> address_set::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = ip_address::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  range r{*address, 128};
  if (slash == text.npos) return r;
  const bool v4 = text.find(':') == text.npos;
  const auto digits = text.substr(slash + 1);
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (error != std::errc{} || end != digits.data() + digits.size() || bits > (v4 ? 32u : 128u))
    return std::nullopt;
  r.bits = bits + (v4 ? v4_offset : 0);
  for (auto bit = r.bits; bit < 128; ++bit)
    if (r.first.bytes[bit / 8] & (0x80u >> bit % 8)) return std::nullopt;
  return r;
}

bool address_set::is_range(std::string_view text) {
  return parse(text).has_value();
}

address_set::address_set(const std::vector<std::string>& ranges) {
  for (const auto& text : ranges)
    if (const auto r = parse(text)) ranges_.push_back(*r);
}

bool address_set::is_in(const ip_address& a, const range& r) noexcept {
  const auto whole = r.bits / 8;
  if (!std::equal(a.bytes.begin(), a.bytes.begin() + whole, r.first.bytes.begin())) return false;
  const auto rest = r.bits % 8;
  return rest == 0 || ((a.bytes[whole] ^ r.first.bytes[whole]) >> (8 - rest)) == 0;
}

bool address_set::contains(const ip_address& a) const noexcept {
  return std::any_of(ranges_.begin(), ranges_.end(), [&](const range& r) { return is_in(a, r); });
}

std::string forwarded_client(std::string_view peer, std::string_view forwarded_for,
                             const address_set& proxies) {
  auto known = ip_address::parse(peer);
  if (!known) return std::string(peer);
  while (proxies.contains(*known) && !forwarded_for.empty()) {
    const auto comma = forwarded_for.rfind(',');
    const auto last = comma == forwarded_for.npos ? forwarded_for : forwarded_for.substr(comma + 1);
    const auto next = parse_element(last);
    if (!next) break;
    known = next;
    forwarded_for =
        comma == forwarded_for.npos ? std::string_view{} : forwarded_for.substr(0, comma);
  }
  return known->str();
}

}  // namespace pushmesh::net
