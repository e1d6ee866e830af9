#pragma once

#include <string>
#include <string_view>

#include "actors/api/ack.hpp"
#include "actors/api/cluster_results.hpp"
#include "cluster/link/peer_outbox.hpp"
#include "cluster/link/wire_v1.hpp"

namespace pushmesh::cluster {

/// Answers to a request, as items for the one who asked. Long results become several items of
/// moderate length. `own_name` is this node's, which is not repeated in each entry. An answer for
/// which there is no room is lost: whoever asked gives this node up after a while.
void send_reply(peer_outbox& to, wire_v1::request_id id, const ack_result& result,
                std::string_view own_name);
void send_reply(peer_outbox& to, wire_v1::request_id id, const fetch_result& result,
                std::string_view own_name);
void send_reply(peer_outbox& to, wire_v1::request_id id, const lookup_result& result,
                std::string_view own_name);
void send_reply(peer_outbox& to, wire_v1::request_id id, const server_reply_result& result,
                std::string_view own_name);

/// The other way round. `sender` is the name of the node whose item it is.
ack_result from_wire(const wire_v1::ack_part& x, const std::string& sender);
fetch_result from_wire(const wire_v1::fetch_reply& x, const std::string& sender);
lookup_result from_wire(const wire_v1::lookup_reply& x, const std::string& sender);
server_reply_result from_wire(const wire_v1::server_emit_reply& x, const std::string& sender);

}  // namespace pushmesh::cluster
