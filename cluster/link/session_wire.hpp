#pragma once

#include <cstdint>
#include <optional>

#include "actors/recovery/session_home.hpp"
#include "cluster/link/peer_outbox.hpp"
#include "cluster/link/wire_v1_recovery.hpp"

namespace pushmesh::cluster {

/// What a node answers that is asked for a session.
struct lent_session {
  std::optional<actors::session_parcel> parcel;
  std::uint64_t shard = 0;
};
struct released_session {
  actors::session_rest rest;
  bool found = false;
};

void send_parcel(peer_outbox& to, wire_v1::request_id id, std::uint64_t shard,
                 const std::optional<actors::session_parcel>& parcel);
/// In as many items as it takes.
void send_rest(peer_outbox& to, wire_v1::request_id id,
               const std::optional<actors::session_rest>& rest);
void send_late(peer_outbox& to, const socket_id& pid, const actors::missed_packet& p);

lent_session from_wire(const wire_v1::session_parcel& x);
actors::missed_packet from_wire(const wire_v1::session_packet& x);
/// Adds what came to what is there.
void add_from_wire(released_session& to, const wire_v1::session_rest& x);

}  // namespace pushmesh::cluster
