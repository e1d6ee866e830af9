#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "net/auth/jwt_error.hpp"
#include "net/auth/jwt_key.hpp"

namespace pushmesh::net {

/// What tokens must say beyond being signed.
struct jwt_terms {
  std::string audience{};               ///< must be among `aud`; empty: a token must not have any
  std::string issuer{};                 ///< must be `iss`; empty: any
  std::chrono::milliseconds leeway{0};  ///< by how much the clocks of issuer and node may differ
};

/// Whom a token stands for.
struct jwt_identity {
  std::string user;               ///< its `sub`
  std::vector<std::string> tags;  ///< each once, in the order of the token
  /// When it ends, without leeway; nullopt: never.
  std::optional<std::chrono::sys_time<std::chrono::milliseconds>> expires;
};

/// Judges tokens (RFC 7519 section 7.2). Each key is tried whose algorithm is the token's, so that
/// an old and a new key can be in use side by side. Immutable, any thread.
class jwt_verifier {
 public:
  jwt_verifier(std::vector<jwt_key> keys, jwt_terms terms)
      : keys_(std::move(keys)), terms_(std::move(terms)) {}

  /// `expired` is only told of a token that is good otherwise.
  tl::expected<jwt_identity, jwt_error> verify(std::string_view token,
                                               std::chrono::system_clock::time_point now) const;

 private:
  bool is_signed(const jwt_token& token) const;
  const char* unmet_term(const jwt_claims& claims) const;

  std::vector<jwt_key> keys_;
  jwt_terms terms_;
};

}  // namespace pushmesh::net
