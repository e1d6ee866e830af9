#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <utility>

#include "cluster/link/tls_failure_log.hpp"
#include "net/transport/openssl_error_queue.hpp"

namespace pushmesh::cluster {

/// Logs why TLS connections of links fail, which CAF does not tell. Owned by whoever runs links;
/// those of other nodes in the same process are seen, too. Any thread.
class tls_failures {
 public:
  explicit tls_failures(std::function<void(const std::string&)> log)
      : write_(std::move(log)), watch_([this](const net::tls_failure& f) { take(f); }) {}

  std::uint64_t total() const {
    std::lock_guard lock(mutex_);
    return log_.total();
  }

 private:
  void take(const net::tls_failure& f) {
    std::unique_lock lock(mutex_);
    const auto line = log_.line(f, tls_failure_log::clock::now());
    lock.unlock();
    if (line) write_("cluster: " + *line);
  }

  std::function<void(const std::string&)> write_;
  mutable std::mutex mutex_;  // of what follows
  tls_failure_log log_;
  net::tls_failure_watch watch_;  // the last: it calls
};

}  // namespace pushmesh::cluster
