#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "net/auth/jwt_error.hpp"

namespace pushmesh::net {

/// Bytes of a token, of the name of a user or a tag, and tags of a user: longer or more is refused
/// before anything is made of it.
inline constexpr std::size_t max_jwt_length = 16 * 1024;
inline constexpr std::size_t max_user_length = 256;
inline constexpr std::size_t max_tag_length = 256;
inline constexpr std::size_t max_tags = 256;

/// The signatures we know (RFC 7518 section 3.1).
enum class jwt_algorithm : unsigned char { hs256, rs256, es256 };

/// A token taken apart (RFC 7515 section 3.1, compact form). Nothing of it is to be believed before
/// its signature was verified. Views into the text it was made of.
struct jwt_token {
  jwt_algorithm algorithm;       ///< what its header says
  std::string_view signed_part;  ///< header and claims as they were signed
  std::string_view claims;       ///< base64url
  std::string signature;         ///< bytes
};

/// What a token says (RFC 7519 section 4.1). Times are seconds since 1970.
struct jwt_claims {
  std::optional<double> expires, not_before;
  std::optional<std::string> issuer, subject;
  std::vector<std::string> audience, tags;
  bool has_audience = false;  ///< also when it is an empty list
};

/// Takes a token apart. Refused: what is not three parts in strict base64url, a header that is not
/// a JSON object with an `alg` of ours ("none" is not), one that names extensions we would have to
/// understand (`crit`), and names that come twice.
tl::expected<jwt_token, jwt_error> parse_jwt(std::string_view text);

/// Reads the claims of a token whose signature is good. Refused: what is not a JSON object, claims
/// of ours that are of a wrong type, too long, too many or come twice, and values more than 16
/// levels deep. Claims we do not know may be anything.
tl::expected<jwt_claims, jwt_error> parse_jwt_claims(std::string_view base64url);

}  // namespace pushmesh::net
