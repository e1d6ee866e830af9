#pragma once

#include <memory>

#include "cluster/link/link_services.hpp"

namespace pushmesh::cluster {

class client_core;

/// What a client does with the items of its node: they are answers to its calls.
class client_sink final : public item_sink {
 public:
  client_sink(client_core& core, peer_ref peer);

  void take(const wire_v1::item& item, bool lasts) override;
  void end_of_batch(std::shared_ptr<void>) override {}  // nothing of it is kept

 private:
  void handle(const wire_v1::sync_reply& x);
  void handle(const wire_v1::ack_part& x);
  void handle(const wire_v1::fetch_reply& x);
  void handle(const wire_v1::lookup_reply& x);
  void handle(const wire_v1::server_emit_reply& x);
  void handle(const wire_v1::nodes_reply& x);
  template <class Item>
  void handle(const Item&) {}  // for nodes

  client_core& core_;
  const peer_ref peer_;
};

}  // namespace pushmesh::cluster
