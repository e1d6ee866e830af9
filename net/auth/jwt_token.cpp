#include "net/auth/jwt_token.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <span>
#include <utility>

#include "net/auth/object_reader.hpp"
#include "net/protocol/base64url.hpp"

namespace pushmesh::net {
namespace {

using kind = object_item::kind;

constexpr const char* not_a_token = "it is not a signed token (three parts in base64url)";
constexpr const char* bad_header = "its header is not what we can read";
constexpr const char* bad_claims = "its claims are not what we can read";

tl::unexpected<jwt_error> refused(const char* why) {
  return tl::unexpected(jwt_error{jwt_errc::invalid, why});
}

std::optional<jwt_algorithm> algorithm_of(std::string_view name) {
  if (name == "HS256") return jwt_algorithm::hs256;
  if (name == "RS256") return jwt_algorithm::rs256;
  if (name == "ES256") return jwt_algorithm::es256;
  return std::nullopt;
}

// Tells the first time a name of the list comes from the second.
class seen_once {
 public:
  explicit seen_once(std::span<const std::string_view> names) : names_(names) {}
  /// -1: not in the list; -2: it came already.
  int index_of(std::string_view name) {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (names_[i] != name) continue;
      const auto bit = 1u << i;
      if (seen_ & bit) return -2;
      seen_ |= bit;
      return static_cast<int>(i);
    }
    return -1;
  }

 private:
  std::span<const std::string_view> names_;
  unsigned seen_ = 0;
};

class header_sink final : public object_sink {
 public:
  bool take(const object_item& item) override {
    if (item.is_element) return true;
    const int which = once_.index_of(item.name);
    if (which == -1) return true;
    // `b64` changes what is signed (RFC 7797); like all that `crit` names it is not for us.
    if (which != 0 || item.type != kind::string) return false;
    algorithm = algorithm_of(item.text);
    return true;
  }
  std::optional<jwt_algorithm> algorithm;

 private:
  static constexpr std::array<std::string_view, 3> names{"alg", "crit", "b64"};
  seen_once once_{names};
};

std::optional<double> read_seconds(const object_item& item) {
  double value = 0;
  const auto* const end = item.text.data() + item.text.size();
  const auto read = std::from_chars(item.text.data(), end, value);
  const bool usable = item.type == kind::number && read.ec == std::errc() && read.ptr == end;
  return usable && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

class claims_sink final : public object_sink {
 public:
  bool take(const object_item& item) override {
    if (item.is_element) return element(item);
    list_ = nullptr;
    switch (once_.index_of(item.name)) {
      case 0:
        return text(item, claims.subject, max_user_length);
      case 1:
        return text(item, claims.issuer, max_jwt_length);
      case 2:
        return seconds(item, claims.expires);
      case 3:
        return seconds(item, claims.not_before);
      case 4:
        return audience(item);
      case 5:
        return begin_list(item, claims.tags);
      case -1:
        return true;
      default:
        return false;
    }
  }
  jwt_claims claims;

 private:
  static constexpr std::array<std::string_view, 6> names{"sub", "iss", "exp", "nbf", "aud", "tags"};

  static bool text(const object_item& item, std::optional<std::string>& out, std::size_t longest) {
    if (item.type != kind::string || item.text.empty() || item.text.size() > longest) return false;
    out.emplace(item.text);
    return true;
  }
  static bool seconds(const object_item& item, std::optional<double>& out) {
    out = read_seconds(item);
    return out.has_value();
  }
  bool audience(const object_item& item) {
    claims.has_audience = true;
    if (item.type != kind::string) return begin_list(item, claims.audience);
    claims.audience.emplace_back(item.text);
    return true;
  }
  bool begin_list(const object_item& item, std::vector<std::string>& list) {
    list_ = &list;
    return item.type == kind::array;
  }
  // Of an array that is none of ours elements may be anything.
  bool element(const object_item& item) {
    if (!list_) return true;
    if (item.type != kind::string || list_->size() >= max_tags) return false;
    const bool is_tag = list_ == &claims.tags;
    if (is_tag && (item.text.empty() || item.text.size() > max_tag_length)) return false;
    list_->emplace_back(item.text);
    return true;
  }

  seen_once once_{names};
  std::vector<std::string>* list_ = nullptr;  // that the elements belong to
};

}  // namespace

tl::expected<jwt_token, jwt_error> parse_jwt(std::string_view text) {
  if (text.size() > max_jwt_length) return refused("it is longer than 16 KiB");
  const auto first = text.find('.');
  const auto second = first == text.npos ? first : text.find('.', first + 1);
  if (second == text.npos || text.find('.', second + 1) != text.npos) return refused(not_a_token);

  jwt_token token{};
  token.signed_part = text.substr(0, second);
  token.claims = text.substr(first + 1, second - first - 1);
  std::string header;
  if (!decode_base64url(text.substr(0, first), header) ||
      !decode_base64url(text.substr(second + 1), token.signature))
    return refused(not_a_token);
  header_sink read;
  if (!read_json_object(header, read)) return refused(bad_header);
  if (!read.algorithm) return refused("it is not signed by HS256, RS256 or ES256");
  token.algorithm = *read.algorithm;
  return token;
}

tl::expected<jwt_claims, jwt_error> parse_jwt_claims(std::string_view base64url) {
  std::string text;
  claims_sink read;
  if (!decode_base64url(base64url, text) || !read_json_object(text, read))
    return refused(bad_claims);
  return std::move(read.claims);
}

}  // namespace pushmesh::net
