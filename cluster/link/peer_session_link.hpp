#pragma once

#include "cluster/link/linked_peer.hpp"
#include "cluster/link/wire_v1.hpp"
#include "net/transport/relay/session_link.hpp"

namespace pushmesh::cluster {

/// A peer as the loops of this node see it: what they send becomes items of wire_v1.
class peer_session_link final : public net::session_link {
 public:
  explicit peer_session_link(peer_ref peer) noexcept : peer_(std::move(peer)) {}
  std::uint64_t id() const noexcept override { return peer_->link; }
  sent send(const net::relay_message& message) override;

 private:
  peer_ref peer_;
};

/// The same back: a message, without views into the item.
net::relay_message from_wire(const wire_v1::session_request& x);
net::relay_message from_wire(const wire_v1::session_answer& x);
net::relay_message from_wire(const wire_v1::tunnel_open& x);
net::relay_message from_wire(const wire_v1::tunnel_data& x);
net::relay_message from_wire(const wire_v1::tunnel_credit& x);
net::relay_message from_wire(const wire_v1::tunnel_end& x);

}  // namespace pushmesh::cluster
