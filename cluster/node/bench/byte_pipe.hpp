#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace pushmesh::bench {

/// A non-blocking connected socket with a queue of what it did not take. Owns the descriptor.
class byte_pipe {
 public:
  explicit byte_pipe(int fd) noexcept : fd_(fd) {}
  ~byte_pipe();
  byte_pipe(const byte_pipe&) = delete;
  byte_pipe& operator=(const byte_pipe&) = delete;

  int descriptor() const noexcept { return fd_; }
  std::size_t queued() const noexcept { return unsent_.size(); }

  /// Queues `bytes` and sends what is possible. The error is a sentence: the peer is gone, or has
  /// not read for so long that 16 MiB wait for it.
  tl::expected<void, std::string> send(std::string_view bytes);
  /// Sends what is queued, as far as possible.
  tl::expected<void, std::string> flush();
  /// Appends what has arrived to `in`. The error is a sentence: the peer is gone.
  tl::expected<void, std::string> receive(std::string& in);
  /// Waits until something arrived, or there is room to send what is queued. False: the time is up.
  bool wait(int timeout_ms) const;

 private:
  int fd_;
  std::string unsent_;
};

}  // namespace pushmesh::bench
