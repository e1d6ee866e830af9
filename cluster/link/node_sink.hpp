#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/address.hpp"
#include "actors/api/cluster_results.hpp"
#include "actors/api/payload.hpp"
#include "actors/shard_batch.hpp"
#include "cluster/link/link_services.hpp"
#include "cluster/link/peer_watches.hpp"
#include "net/transport/relay/session_home.hpp"
#include "net/transport/relay/relay_message.hpp"

namespace pushmesh::cluster {

class mesh;

/// What a node does with the items of one link. Those of another node concern this node's sockets
/// only; those of a client concern the sockets of all nodes.
class node_sink final : public item_sink {
 public:
  node_sink(mesh& m, peer_ref peer);
  ~node_sink() override;

  void take(const wire_v1::item& item, bool lasts) override;
  void end_of_batch(std::shared_ptr<void> token) override;

 private:
  using shared_address = std::shared_ptr<const actors::address>;
  /// Acks asked for by the other side, under its number, and under which number we ask for them.
  struct asked_acks {
    std::mutex mutex;
    std::unordered_map<std::uint64_t, std::uint64_t> ours;
  };

  void handle(const wire_v1::emit& x);
  void handle(const wire_v1::rooms_join& x);
  void handle(const wire_v1::rooms_leave& x);
  void handle(const wire_v1::disconnect& x);
  void handle(const wire_v1::fetch_request& x);
  void handle(const wire_v1::server_emit& x);
  void handle(const wire_v1::ack_finish& x);
  void handle(const wire_v1::watch& x);
  void handle(const wire_v1::unwatch& x);
  void handle(const wire_v1::sync& x);
  void handle(const wire_v1::lookup_request& x);
  void handle(const wire_v1::nodes_request& x);
  void handle(const wire_v1::interest_delta& x);
  void handle(const wire_v1::snapshot_part& x);
  void handle(const wire_v1::interest_check& x);
  void handle(const wire_v1::interest_confirm& x);
  void handle(const wire_v1::interest_repair&);
  void handle(const wire_v1::ack_part& x);
  void handle(const wire_v1::fetch_reply& x);
  void handle(const wire_v1::lookup_reply& x);
  void handle(const wire_v1::server_emit_reply& x);
  void handle(const wire_v1::watch_ended& x);
  void handle(const wire_v1::session_request& x);
  void handle(const wire_v1::session_answer& x);
  void handle(const wire_v1::tunnel_open& x);
  void handle(const wire_v1::tunnel_data& x);
  void handle(const wire_v1::tunnel_credit& x);
  void handle(const wire_v1::tunnel_end& x);
  void handle(const wire_v1::bridging& x);
  void handle(const wire_v1::feed_ask& x);
  void handle(const wire_v1::feed_news& x);
  void handle(const wire_v1::publish& x);
  void handle(const wire_v1::session_lend& x);
  void handle(const wire_v1::session_release& x);
  void handle(const wire_v1::session_late& x);
  void handle(const wire_v1::session_fence& x);
  void handle(const wire_v1::session_fence_reply& x);
  void handle(const wire_v1::session_parcel& x);
  void handle(const wire_v1::session_rest& x);
  void handle(const wire_v1::session_ack& x);
  template <class Item>
  void handle(const Item&) {}  // about the link itself, or for clients

  void give(std::size_t shard, net::relay_message message);
  std::size_t shard_of(const socket_id& sid) const noexcept;
  void ask(const wire_v1::emit& x, const shared_address& to);
  shared_address address_of(const wire_v1::address& a);
  void note(emit_result result);
  void on_bridge(std::function<void()> call);
  template <class Collector, class Result>
  std::shared_ptr<Collector> reply_to(wire_v1::request_id id);

  mesh& mesh_;
  const peer_ref peer_;
  const bool from_client_;
  const net::session_link_ref link_;  // the same peer, for clients' requests and tunnels
  actors::shard_batch batch_;
  bool lasts_ = false;           // the bytes of the item at hand
  payload args_;                 // of the emit at hand: its memory is used again
  shared_address last_address_;  // most items are addressed like the one before
  std::shared_ptr<asked_acks> asked_ = std::make_shared<asked_acks>();
  std::shared_ptr<peer_watches> watched_ = std::make_shared<peer_watches>(peer_);
  std::vector<std::string> dropped_;  // nodes that did not take an order since the last sync
};

}  // namespace pushmesh::cluster
