#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "net/auth/jwt_token.hpp"

namespace pushmesh::net {

/// What tokens are verified with. The key alone decides the algorithm, never the token: whoever
/// knows a public key could else use it as a secret. Immutable, cheap to copy, any thread.
class jwt_key {
 public:
  /// The content of a key file: a PEM public key (RSA of at least 2048 bits: RS256; EC P-256:
  /// ES256) or else an HS256 secret, one line end behind it stripped. The error is a sentence that
  /// shows nothing of the content.
  static tl::expected<jwt_key, std::string> from_text(std::string_view content);

  jwt_algorithm algorithm() const noexcept;
  /// True when `signature` (bytes) is this key's for `text`. The time it takes tells nothing of a
  /// secret.
  bool verify(std::string_view text, std::string_view signature) const;
  /// A secret that is shorter than RFC 7518 section 3.2 wants (32 bytes) and can be guessed.
  bool is_weak() const noexcept;

 private:
  struct material;
  explicit jwt_key(std::shared_ptr<const material> m) : material_(std::move(m)) {}
  std::shared_ptr<const material> material_;
};

/// The keys in these files, in this order. The error is a sentence that names the file: it cannot
/// be read, is empty, larger than 64 KiB, or holds something else than a key.
tl::expected<std::vector<jwt_key>, std::string> load_jwt_keys(
    const std::vector<std::string>& files);

}  // namespace pushmesh::net
