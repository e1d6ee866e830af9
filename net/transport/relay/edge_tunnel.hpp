#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "net/protocol/websocket_frame.hpp"
#include "net/transport/byte_stream.hpp"
#include "net/transport/outbound_queue.hpp"
#include "net/transport/relay/relay_outlet.hpp"
#include "net/transport/timer_wheel.hpp"
#include "net/transport/turn_end_task.hpp"

namespace pushmesh::net {

class edge_relay;

/// The edge's end of a tunnel: has the client's descriptor, knows nothing of what passes. Reads
/// while it has credit; what the client has not read waits here, a window and a frame at most.
/// Owned by its edge_relay and by what is pending on the loop.
class edge_tunnel final : public turn_end_task, private timer_node {
 public:
  using ref = boost::intrusive_ptr<edge_tunnel>;

  edge_tunnel(io_loop& loop, edge_relay& relay, relay_outlet_ref to, tunnel_place home,
              std::uint64_t number, std::unique_ptr<byte_stream> stream);
  void start() { keep_reading(); }

  /// For the client.
  void send(frame_ref bytes);
  void grant(std::uint64_t bytes);
  /// What the home said.
  void end(tunnel_end::how what);
  /// The home is gone, or is to be told so: at once, or behind what is queued and a Close frame.
  void cut();
  void say_goodbye();
  /// The link has room again.
  void unblocked() { keep_reading(); }

  std::uint64_t link() const noexcept { return to_->link_id(); }
  std::size_t queued_bytes() const noexcept { return queue_.bytes(); }
  timer_wheel::clock::time_point began() const noexcept { return began_; }

  void on_turn_end() override;

 private:
  enum class state : std::uint8_t {
    open,
    finishing,  // the home sends no more; what the client says it still hears
    closing,    // nor that
    closed
  };
  friend void intrusive_ptr_add_ref(edge_tunnel* t) noexcept { ++t->references_; }
  friend void intrusive_ptr_release(edge_tunnel* t) noexcept {
    if (--t->references_ == 0) delete t;
  }
  ~edge_tunnel() = default;

  void keep_reading();
  void on_readable(const boost::system::error_code& ec);
  bool may_read() const noexcept;
  void write();
  void on_drained();
  void tell_end(tunnel_end::how what);
  void drop();

  io_loop& loop_;
  edge_relay& relay_;
  const relay_outlet_ref to_;
  const tunnel_place home_;
  const std::uint64_t number_;
  const timer_wheel::clock::time_point began_;
  std::unique_ptr<byte_stream> stream_;
  outbound_queue queue_;
  std::int64_t credit_ = tunnel_window;
  std::uint64_t owed_ = 0;  // bytes written and not yet granted again
  std::uint32_t references_ = 0;
  state state_ = state::open;
  bool read_armed_ = false;
  bool blocked_ = false;          // the kernel takes no more; wait_writable is pending
  bool client_finished_ = false;  // nothing more will be read
  bool sent_any_ = false;         // the client has got something
};

}  // namespace pushmesh::net
