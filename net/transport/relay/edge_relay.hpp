#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "net/transport/polling_hub.hpp"
#include "net/transport/relay/edge_tunnel.hpp"
#include "net/transport/relay/relay_outlet.hpp"

namespace pushmesh::net {

class io_loop;
class session_relay;

/// The clients of one loop whose sessions live on other nodes: sends their requests there, and has
/// their tunnels. Belongs to the loop's thread.
class edge_relay {
 public:
  edge_relay(io_loop& loop, session_relay& relay) noexcept : loop_(loop), relay_(relay) {}

  void forward(const relay_outlet_ref& to, polling_request request);
  void forward(const relay_outlet_ref& to, std::uint16_t home, session_upgrade request);

  void take(relayed_answer answer);
  void take(const tunnel_data& data);
  void take(const tunnel_credit& credit);
  void take(const tunnel_end& end);
  /// The link is gone: whoever waits for an answer from there gets "Session ID unknown", tunnels
  /// end.
  void lost(std::uint64_t link);
  void unblocked(std::uint64_t link);

  /// The node is about to stop: polls are to be answered now, so that their clients can poll
  /// elsewhere.
  void release_polls();
  /// The end of stopping: closes all tunnels.
  void close_tunnels();
  void cut_tunnels();
  /// Cuts the tunnels whose clients read least, until the node has room.
  void relieve_budget();
  std::size_t tunnels() const noexcept { return tunnels_.size(); }
  /// Whether a client may be about to move to its WebSocket. One that loses it in between would
  /// neither poll nor notice before its ping time-out (engine.io-client has stopped polling then).
  bool has_probing_tunnels() const noexcept;

  // For its edge_tunnels.

  void forget(std::uint64_t tunnel) noexcept;
  /// Something was sent.
  void watch(relay_outlet& to);

 private:
  struct exchange {
    relay_outlet_ref to;
    session_key sid;
    bool is_poll;
  };
  void refuse(std::uint64_t number, errc why);
  void release(std::uint64_t number, const exchange& e);
  template <class Tunnels, class F>
  static void for_each(const Tunnels& tunnels, F f);

  io_loop& loop_;
  session_relay& relay_;
  std::unordered_map<std::uint64_t, exchange> exchanges_;
  std::unordered_map<std::uint64_t, edge_tunnel::ref> tunnels_;
  std::uint64_t last_tunnel_ = 0;
};

}  // namespace pushmesh::net
