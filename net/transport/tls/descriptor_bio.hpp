#pragma once

#include <cstddef>
#include <memory>

#include "net/transport/byte_stream.hpp"

struct bio_st;

namespace pushmesh::net {

class outbound_budget;

/// What OpenSSL reads from and writes to: a non-blocking descriptor that takes every write. What
/// the kernel does not take waits here: at most one flight of a handshake or one record, as the
/// owner writes no more while something is left. Charged to the outbound budget.
class descriptor_bio {
 public:
  descriptor_bio(int fd, outbound_budget& budget) noexcept;
  ~descriptor_bio();
  descriptor_bio(const descriptor_bio&) = delete;
  descriptor_bio& operator=(const descriptor_bio&) = delete;

  /// A BIO for both directions, for SSL_set_bio(). It must not outlive this object.
  bio_st* make_bio();
  /// Sends what is left: ok when nothing is any more.
  io_result::status flush();
  /// Bytes OpenSSL wrote and the kernel did not take.
  std::size_t unsent() const noexcept;
  /// `closed` or `error` once the descriptor said so.
  io_result::status state() const noexcept { return state_; }

 private:
  friend struct bio_calls;
  struct rest;
  /// Bytes the kernel took; nothing when it would block. A failure is noted in state_.
  std::size_t send(const char* data, std::size_t size) noexcept;

  int fd_;
  io_result::status state_ = io_result::status::ok;
  outbound_budget& budget_;
  std::unique_ptr<rest> rest_;
};

}  // namespace pushmesh::net
