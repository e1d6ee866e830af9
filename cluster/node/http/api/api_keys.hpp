#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "cluster/node/http/api/api_scope.hpp"
#include "net/transport/rate_limit.hpp"
#include "net/transport/secret_digest.hpp"

namespace pushmesh::http {

/// Whether a key can be sent as it is behind `Bearer` (RFC 6750 section 2.1, token68), in at most
/// 512 characters.
bool is_bearer_token(std::string_view text) noexcept;

/// The keys of a key file: one `KEY scope[,scope]` per line, without a scope all of them. Blank
/// lines and lines that begin with `#` are skipped. Read-only; only digests of the keys are kept.
class api_keys {
 public:
  struct entry {
    net::secret_digest digest;
    api_scopes scopes;
    std::shared_ptr<net::rate_limit> rate;  ///< of its requests
  };

  /// The error names the line and never the key: too many keys, a key twice, an unknown scope,
  /// none at all.
  static tl::expected<api_keys, std::string> parse(std::string_view text);
  /// The same of a file; the error begins with its name.
  static tl::expected<api_keys, std::string> load(const std::string& file);

  /// The entry of this key; null: there is none. Takes as long for every key that is not there.
  const entry* find(std::string_view key) const;
  /// Goes on counting where keys are those of `before`.
  void keep_rates_of(const api_keys& before);
  std::size_t size() const noexcept { return entries_.size(); }

 private:
  const entry* find(const net::secret_digest& digest) const noexcept;

  std::vector<entry> entries_;
};

}  // namespace pushmesh::http
