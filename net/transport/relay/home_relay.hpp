#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include "net/transport/polling_hub.hpp"
#include "net/transport/relay/relay_outlet.hpp"

namespace pushmesh::net {

class io_loop;
class session_relay;
class tunnel_stream;

/// The sessions of one loop whose clients are connected to other nodes: takes their requests and
/// WebSockets as if they came here. Belongs to the loop's thread.
class home_relay {
 public:
  home_relay(io_loop& loop, session_relay& relay) noexcept;
  ~home_relay();

  void take(const relay_outlet_ref& from, relayed_request request);
  void take(const relay_outlet_ref& from, tunnel_open request);
  void take(const relay_outlet_ref& from, const tunnel_data& data);
  void take(const relay_outlet_ref& from, const tunnel_credit& credit);
  void take(const relay_outlet_ref& from, const tunnel_end& end);
  /// The link is gone: polls end as if their clients had aborted them, tunnels as if closed there.
  void lost(std::uint64_t link);
  /// The link has room again.
  void unblocked(std::uint64_t link);

  // For its tunnel_streams.

  void write(relay_outlet& to, std::uint64_t tunnel, std::string_view piece);
  void end(relay_outlet& to, std::uint64_t tunnel, tunnel_end::how what);
  void forget(const tunnel_stream& tunnel) noexcept;
  static tunnel_place edge_of(std::uint64_t tunnel) noexcept {
    return {tunnel_place::side::edge, loop_of(tunnel)};
  }

 private:
  using key = std::pair<std::uint64_t, std::uint64_t>;  // link, number
  class exchange;
  exchange& open(const relay_outlet_ref& from, const relayed_request& request);
  tunnel_stream* find(const relay_outlet& from, std::uint64_t tunnel) const noexcept;

  io_loop& loop_;
  session_relay& relay_;
  std::map<key, std::unique_ptr<exchange>> exchanges_;
  std::map<key, tunnel_stream*> tunnels_;
};

}  // namespace pushmesh::net
