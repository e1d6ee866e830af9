#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace pushmesh::bench {

/// Ack round trips under way: hands out ack ids and takes them back. Remembers the last 65536, so
/// an answer that comes later than that counts as none.
class echo_ledger {
 public:
  /// A new round trip at `now_us`; its ack id.
  std::uint64_t begin(std::int64_t now_us) {
    if (begun_us_.empty()) begun_us_.resize(size, none);
    begun_us_[next_ % size] = now_us;
    return next_++;
  }

  /// How long round trip `id` took; nullopt when it is not under way.
  std::optional<std::uint64_t> end(std::uint64_t id, std::int64_t now_us) noexcept {
    if (id >= next_ || next_ - id > size) return std::nullopt;
    auto& begun = begun_us_[id % size];
    if (begun == none) return std::nullopt;
    const auto took = now_us > begun ? static_cast<std::uint64_t>(now_us - begun) : 0;
    begun = none;
    return took;
  }

 private:
  static constexpr std::size_t size = 65536;
  static constexpr std::int64_t none = -1;
  std::vector<std::int64_t> begun_us_;
  std::uint64_t next_ = 0;
};

}  // namespace pushmesh::bench
