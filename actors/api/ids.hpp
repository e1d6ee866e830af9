#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace pushmesh {

/// Identifies a socket (one namespace joined over one connection) in the whole cluster and for
/// ever: 20 characters of base64url, 6 of them the node's tag, 2 its shard, 12 random. A secret
/// between the client and the servers.
class socket_id {
 public:
  static constexpr std::size_t length = 20;
  static constexpr std::size_t tag_length = 6;
  socket_id() noexcept { text_.fill('\0'); }
  explicit socket_id(const std::array<char, length>& text) noexcept : text_(text) {}
  /// nullopt when `text` has not the form of an id.
  static std::optional<socket_id> parse(std::string_view text) noexcept;

  std::string_view view() const noexcept { return {text_.data(), length}; }
  std::string str() const { return std::string(view()); }
  operator std::string_view() const noexcept { return view(); }
  /// The part that names the node.
  std::string_view tag() const noexcept { return {text_.data(), tag_length}; }
  /// Index of the shard, 0..4095.
  std::uint16_t shard() const noexcept;
  bool empty() const noexcept { return text_[0] == '\0'; }
  friend bool operator==(const socket_id&, const socket_id&) = default;
  friend auto operator<=>(const socket_id&, const socket_id&) = default;

  /// The random part as a hash: no further mixing is needed.
  std::size_t hash() const noexcept {
    std::uint64_t h;
    std::memcpy(&h, text_.data() + length - sizeof h, sizeof h);
    return static_cast<std::size_t>(h * 0x9E3779B97F4A7C15ull);
  }

 private:
  std::array<char, length> text_;
};

}  // namespace pushmesh

template <>
struct std::hash<pushmesh::socket_id> {
  std::size_t operator()(const pushmesh::socket_id& id) const noexcept { return id.hash(); }
};
