#include "net/transport/address_limits.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include "net/transport/rate_limit.hpp"

namespace pushmesh::net {

/// What is known of one address. Its references are its connections and, as long as that lasts, the
/// table.
struct address_place::record {
  std::atomic<std::uint32_t> references{1};
  rate_limit rate{};
  address_limits::clock::time_point last{};  // when one was asked for; behind the part's lock
};

namespace {

// Where clients' addresses are known. More than an office has that shares one, less than it takes
// to fill a node.
constexpr std::uint32_t default_connections = 1000;
constexpr std::uint32_t default_connect_rate = 200;

constexpr std::size_t least_sweep = 256;
// What rate_limit remembers is over after one.
constexpr auto remembered = std::chrono::seconds(2);
constexpr auto between_lines = std::chrono::seconds(10);

constexpr std::string_view advice = "; if that is a proxy, name it in trusted_proxies";

bool is_v4(const ip_address& a) noexcept {
  constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return std::equal(mapped.begin(), mapped.end(), a.bytes.begin());
}

}  // namespace

address_place::~address_place() {
  if (record_ && record_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) delete record_;
}

address_limits::bounds address_limits::bounds_of(const transport_options& options) noexcept {
  const bool known = !options.trusted_proxies.empty();
  const auto chosen = [known](std::uint32_t wanted, std::uint32_t by_default) {
    return wanted > 0 || !known ? wanted : by_default;
  };
  return {chosen(options.max_connections_per_address, default_connections),
          chosen(options.max_connect_rate_per_address, default_connect_rate)};
}

address_limits::address_limits(bounds b, const std::vector<std::string>& trusted_proxies,
                               std::function<void(std::string_view)> log)
    : bounds_(b), proxies_(trusted_proxies), log_(std::move(log)) {
  for (auto& p : parts_) p.sweep_at = least_sweep;
}

address_limits::~address_limits() = default;

std::size_t address_limits::key_hash::operator()(const key& k) const noexcept {
  std::uint64_t high, low;
  std::memcpy(&high, k.data(), sizeof high);
  std::memcpy(&low, k.data() + sizeof high, sizeof low);
  const auto h = (high ^ low * 0x9E3779B97F4A7C15ull) * 0xD6E8FEB86659FD93ull;
  return static_cast<std::size_t>(h ^ h >> 32);
}

tl::expected<address_place, errc> address_limits::take(std::string_view address,
                                                       clock::time_point now) {
  const auto ip = ip_address::parse(address);
  if (!ip) return address_place{};
  const bool is_proxy = proxies_.contains(*ip);
  auto k = ip->bytes;
  if (!is_v4(*ip)) std::fill(k.begin() + 8, k.end(), std::uint8_t{0});
  auto& p = parts_[key_hash{}(k) % parts_.size()];

  std::unique_lock lock(p.mutex);
  auto& slot = p.records[k];
  if (!slot) slot.reset(new address_place::record);
  auto* const r = slot.get();
  r->last = now;
  const auto connections = r->references.load(std::memory_order_relaxed) - 1;
  const bool is_full = bounds_.max_connections > 0 && connections >= bounds_.max_connections;
  const bool too_many = is_full && !is_proxy;
  const bool too_often = !too_many && !is_proxy && !r->rate.take(now, bounds_.max_connect_rate);
  address_place place;
  if (!too_many && !too_often) {
    r->references.fetch_add(1, std::memory_order_relaxed);
    place = address_place(r);
  }
  if (p.records.size() >= p.sweep_at) sweep(p, now);
  lock.unlock();

  if (too_many) {
    tell(now, std::string(address) + " has " + std::to_string(connections) +
                  " connections (max_connections_per_address) and is refused more" +
                  std::string(advice));
    return tl::make_unexpected(errc::too_many_connections);
  }
  if (too_often) {
    tell(now, std::string(address) + " connects more than " +
                  std::to_string(bounds_.max_connect_rate) +
                  " times per second (max_connect_rate_per_address) and is refused" +
                  std::string(advice));
    return tl::make_unexpected(errc::connects_too_often);
  }
  tell_of_many(address, is_proxy, connections + 1, now);
  return place;
}

void address_limits::tell_of_many(std::string_view address, bool is_proxy,
                                  std::uint32_t connections, clock::time_point now) {
  if (bounds_.max_connections < 2 || connections != bounds_.max_connections / 2) return;
  const auto many = std::string(address) + " has " + std::to_string(connections) + " connections";
  if (is_proxy)
    tell(now, "proxy " + many + " and names no clients: it is not limited (X-Forwarded-For)");
  else
    tell(now, many + ", half of max_connections_per_address" + std::string(advice));
}

// Nobody holds a place there, and its rate starts anew: a new record would do the same.
void address_limits::sweep(part& p, clock::time_point now) {
  std::erase_if(p.records, [now](const auto& each) {
    const auto& r = *each.second;
    return r.references.load(std::memory_order_acquire) == 1 && r.last + remembered <= now;
  });
  p.sweep_at = std::max(least_sweep, p.records.size() * 2);
}

std::size_t address_limits::addresses() const {
  std::size_t n = 0;
  for (auto& p : parts_) {
    std::lock_guard lock(p.mutex);
    n += p.records.size();
  }
  return n;
}

void address_limits::tell(clock::time_point now, const std::string& line) {
  auto due = next_line_.load();
  const auto next = (now + clock::duration(between_lines)).time_since_epoch().count();
  if (!log_ || now.time_since_epoch().count() < due) return;
  if (next_line_.compare_exchange_strong(due, next)) log_(line);
}

}  // namespace pushmesh::net
