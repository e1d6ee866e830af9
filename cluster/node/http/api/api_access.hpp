#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <tl/expected.hpp>

#include "cluster/node/http/api/api_keys.hpp"
#include "cluster/node/http/api/api_scope.hpp"
#include "net/transport/http_message.hpp"

namespace pushmesh::http {

/// Who may use the HTTP API: holders of a key, or without a key file everybody on this machine.
/// Any thread.
class api_access {
 public:
  using clock = std::chrono::steady_clock;
  enum class without_keys {
    open,   ///< for a loopback listener: whoever reaches it may do everything
    closed  ///< for others: nobody may
  };
  struct terms {
    std::string key_file{};          ///< empty: without_keys decides
    std::uint32_t rate_per_key = 0;  ///< requests per second, and as many at once; 0: any
    without_keys otherwise = without_keys::open;
  };

  /// Reads the key file. The error says what is wrong with it.
  static tl::expected<std::shared_ptr<api_access>, std::string> make(terms t);
  /// Reads it again: what was counted for keys that stay is kept. After an error, which is
  /// returned, the keys in use stay. Empty: done, or there is no key file.
  std::string reload();
  std::size_t keys() const;

  /// What a request may do, by its head; else how it is refused: 401, 403 or 429.
  tl::expected<api_scopes, net::http_response> admit(const net::http_request& head,
                                                     clock::time_point now) const;

 private:
  explicit api_access(terms t) : terms_(std::move(t)) {}
  std::shared_ptr<const api_keys> current() const;

  const terms terms_;
  mutable std::mutex mutex_;
  std::shared_ptr<const api_keys> keys_;  // null: there is no key file
};

}  // namespace pushmesh::http
