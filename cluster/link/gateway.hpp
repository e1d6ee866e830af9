#pragma once

#include <caf/actor.hpp>
#include <caf/response_promise.hpp>
#include <caf/actor_control_block.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "cluster/link/guarded_actor.hpp"
#include "cluster/link/link_messages.hpp"
#include "cluster/link/link_services.hpp"
#include "cluster/link/membership.hpp"
#include "cluster/link/membership_options.hpp"
#include "cluster/link/peer_history.hpp"
#include "net/transport/connect_probe.hpp"

namespace pushmesh::cluster {

/// What others may know of a gateway, from any thread.
class gateway_view {
 public:
  struct state {
    std::vector<peer_ref> peers;
    std::vector<membership_routes::route_view> routes;
    std::vector<peer_history::record> history;  ///< nodes that are or were up
  };
  state look() const {
    std::lock_guard lock(mutex_);
    return state_;
  }
  void publish(state s) {
    std::lock_guard lock(mutex_);
    state_ = std::move(s);
  }

 private:
  mutable std::mutex mutex_;
  state state_;
};

struct gateway_setup {
  peer_identity own;
  std::vector<std::string> peers;  ///< HOST:PORT each
  membership_options options;
  bool tls = false;
  std::shared_ptr<link_services> services;
  std::shared_ptr<gateway_view> view;
  /// Log lines: level as in actor_options::log.
  std::function<void(int level, const std::string&)> log;
  /// The node must be started again, with a sentence why.
  std::function<void(const std::string&)> on_restart;
};

/// The actor other programs find at the cluster port of this one. Carries out what `membership`
/// decides: probes and dials addresses, makes a peer_link for each that answers or that somebody
/// dials, and tells the link_services which peers are up. On CAF's worker.
class gateway final : public guarded_actor {
 public:
  gateway(caf::actor_config& cfg, gateway_setup setup);
  ~gateway() override;
  const char* name() const override { return "pushmesh.gateway"; }

 protected:
  caf::behavior make_behavior() override;
  void on_exit() override;

 private:
  using clock = std::chrono::steady_clock;
  struct link_record {
    caf::actor handle;
    std::shared_ptr<peer_outbox> outbox;
    peer_ref peer;  // once up
    bool said_goodbye = false;
  };

  void tick();
  void run(const membership::actions& actions);
  void carry_out(const membership_action& a);
  void look_up(const std::string& target);
  void probe(const membership_action& a);
  void dial(const membership_action& a);
  void dialled(link_id link, const caf::strong_actor_ptr& remote);
  void accept(const link_batch& b);
  link_record& make_link(link_id link, const caf::strong_actor_ptr& remote, bool by_us);
  void tell(link_id link, link_order order);
  void peer_up(const membership_action& a);
  void peer_down(const membership_action& a);
  void drop(const membership_action& a);
  void forget(link_id link);
  link_queue::lost close(link_record& record);
  void take(const link_news& n);
  void begin_leave();
  void check_left();
  void show();

  gateway_setup setup_;
  membership members_;
  std::map<link_id, link_record> links_;
  peer_history history_;
  std::unique_ptr<net::connect_probe> probes_;
  bool leaving_ = false;
  caf::response_promise left_;
};

}  // namespace pushmesh::cluster
