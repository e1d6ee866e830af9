#pragma once

#include <caf/actor.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/link/batch_order.hpp"
#include "cluster/link/credit.hpp"
#include "cluster/link/failure_detector.hpp"
#include "cluster/link/guarded_actor.hpp"
#include "cluster/link/link_messages.hpp"
#include "cluster/link/link_services.hpp"
#include "cluster/link/parts.hpp"
#include "cluster/link/peer_outbox.hpp"
#include "cluster/link/wire_v1.hpp"

namespace pushmesh::cluster {

/// One of the two actors that join two programs; the other one lives there. Sends what its outbox
/// holds as far as its credit goes, hands what comes in to its sink, and watches whether the other
/// side is alive. What it hears during the handshake it tells the gateway, which decides. On CAF's
/// worker; lives until the gateway or the other side ends it.
class peer_link final : public guarded_actor {
 public:
  struct setup {
    link_id link = 0;
    caf::actor gateway;
    /// The other side's gateway where we dialled, its link where it dialled us.
    caf::actor remote;
    bool dialled = false;
    peer_identity own;
    std::shared_ptr<peer_outbox> outbox;
    std::shared_ptr<link_services> services;
  };
  peer_link(caf::actor_config& cfg, setup s);
  ~peer_link() override;
  const char* name() const override { return "pushmesh.peer_link"; }

 protected:
  caf::behavior make_behavior() override;
  void on_exit() override;

 private:
  using clock = std::chrono::steady_clock;

  // orders of the gateway
  void obey(const link_order& o);
  void send_hello(const link_order& o);
  void come_up(const peer_ref& peer);
  void leave(wire_v1::goodbye_reason why);
  // batches
  void receive(link_batch& b);
  void take(std::string bytes);
  bool take_item(const wire_v1::raw_item& raw);
  void adopt_sender();
  template <class Item>
  void handle(const Item& x);
  void flush();
  void taken(std::size_t bytes);
  void return_credit(std::size_t bytes);
  template <class Item>
  void send_control(const Item& item);
  // life
  void tick();
  bool stood_still();
  void ask_for_life();
  void tell(link_news news);
  void fail(const std::string& why);

  setup s_;
  peer_ref peer_;                    // once up
  std::unique_ptr<item_sink> sink_;  // once up
  bool ended_ = false;
  bool welcomed_ = false;          // the gateway was told; what follows waits for come_up()
  std::deque<std::string> early_;  // came between those two
  send_credit send_credit_;
  receive_credit receive_credit_;
  batch_order order_;
  part_joiner parts_;
  failure_detector detector_;
  std::uint64_t pings_ = 0;
  clock::time_point next_ping_{};
};

}  // namespace pushmesh::cluster
