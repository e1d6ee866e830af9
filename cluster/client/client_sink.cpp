#include "cluster/client/client_sink.hpp"

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cluster/client/client_core.hpp"
#include "cluster/link/wire_replies.hpp"

namespace pushmesh::cluster {

client_sink::client_sink(client_core& core, peer_ref peer) : core_(core), peer_(std::move(peer)) {}

void client_sink::take(const wire_v1::item& item, bool) {
  std::visit([this](const auto& x) { handle(x); }, item);
}

void client_sink::handle(const wire_v1::sync_reply& x) {
  core_.answer(x.id, emit_result{x.nodes_dropped.copy<std::string>()}, true);
}

void client_sink::handle(const wire_v1::ack_part& x) {
  core_.answer(x.id, from_wire(x, peer_->name()), x.final);
}

void client_sink::handle(const wire_v1::fetch_reply& x) {
  core_.answer(x.id, from_wire(x, peer_->name()), x.final);
}

void client_sink::handle(const wire_v1::lookup_reply& x) {
  core_.answer(x.id, from_wire(x, peer_->name()), true);
}

void client_sink::handle(const wire_v1::server_emit_reply& x) {
  core_.answer(x.id, from_wire(x, peer_->name()), x.final);
}

void client_sink::handle(const wire_v1::nodes_reply& x) {
  std::vector<node_info> nodes;
  for (const auto& n : x.nodes)
    nodes.push_back(
        {std::string(n.name), std::string(n.address), std::string(n.tag.data(), n.tag.size())});
  core_.answer(x.id, std::move(nodes), true);
}

}  // namespace pushmesh::cluster
