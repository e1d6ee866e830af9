#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "net/transport/byte_stream.hpp"
#include "net/transport/relay/relay_outlet.hpp"

namespace pushmesh::net {

class home_relay;

/// The home's end of a tunnel: the stream of a client that is connected to another node. Sends
/// while it has credit; what it is sent waits here, a window at most.
class tunnel_stream final : public byte_stream {
 public:
  tunnel_stream(io_loop& loop, home_relay& relay, relay_outlet_ref to, std::uint64_t number);
  ~tunnel_stream() override;

  // byte_stream
  io_result read(std::span<char> into) override;
  /// Takes whole pieces; the last may overdraw the credit.
  io_result write(std::span<const iovec> pieces) override;
  void shutdown_write() override;
  bool is_open() const noexcept override { return open_; }
  void close() noexcept override;
  void reset() noexcept override;

  // For its home_relay, on the loop. Each may end in the destruction of this.

  void deliver(std::string_view bytes);
  void grant(std::uint64_t bytes);
  /// Nothing more comes from the client.
  void end();
  /// Nothing can be sent any more, either.
  void lose();
  /// The link has room again.
  void unblocked();

  std::uint64_t number() const noexcept { return number_; }
  const relay_outlet& outlet() const noexcept { return *to_; }

 private:
  using waiter = std::function<void(const boost::system::error_code&)>;
  next_read when_to_read() const noexcept override { return next_read::told; }
  void wait_for(direction what, waiter handler) override;
  bool can_write() const noexcept;
  void leave() noexcept;

  home_relay& relay_;
  const relay_outlet_ref to_;
  const std::uint64_t number_;
  std::string inbox_;
  std::size_t consumed_ = 0;  // of inbox_
  std::uint64_t owed_ = 0;    // bytes read and not yet granted again
  std::int64_t credit_;       // may be below zero
  waiter reader_, writer_;
  bool open_ = true;
  bool ended_ = false;
  bool lost_ = false;
};

}  // namespace pushmesh::net
