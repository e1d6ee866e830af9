#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pushmesh::http {

/// What a key of the HTTP API is for; none includes another. `any` is what every key may do.
enum class api_scope : std::uint8_t { any = 0, push = 1, read = 2, admin = 4 };

/// The scopes of one key.
class api_scopes {
 public:
  static constexpr api_scopes all() noexcept {
    return api_scopes().with(api_scope::push).with(api_scope::read).with(api_scope::admin);
  }
  constexpr api_scopes with(api_scope s) const noexcept {
    api_scopes more = *this;
    more.bits_ = static_cast<std::uint8_t>(bits_ | static_cast<std::uint8_t>(s));
    return more;
  }
  constexpr bool include(api_scope s) const noexcept {
    const auto bit = static_cast<std::uint8_t>(s);
    return (bits_ & bit) == bit;
  }
  friend constexpr bool operator==(api_scopes, api_scopes) = default;

 private:
  std::uint8_t bits_ = 0;
};

constexpr std::string_view to_string(api_scope s) noexcept {
  switch (s) {
    case api_scope::any:
      return "any";
    case api_scope::push:
      return "push";
    case api_scope::read:
      return "read";
    case api_scope::admin:
      return "admin";
  }
  return {};
}

/// Those that a key file may name.
constexpr std::optional<api_scope> parse_scope(std::string_view name) noexcept {
  for (const auto s : {api_scope::push, api_scope::read, api_scope::admin})
    if (name == to_string(s)) return s;
  return std::nullopt;
}

}  // namespace pushmesh::http
