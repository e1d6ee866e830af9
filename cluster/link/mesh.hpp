#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/cluster_port.hpp"
#include "cluster/link/bridge_feeds.hpp"
#include "cluster/link/link_services.hpp"
#include "cluster/link/one_node_calls.hpp"
#include "cluster/link/own_interest.hpp"
#include "cluster/link/peer_directory.hpp"
#include "cluster/link/request_table.hpp"
#include "cluster/link/session_wire.hpp"
#include "cluster/link/watch_table.hpp"

namespace pushmesh::actors {
class node_core;
}

namespace pushmesh::cluster {

/// The other nodes, as the actors of this one see them: an emit or a command becomes one item in
/// the outbox of each node it concerns. And what the links of a node are for. Owned by the
/// node_core; lives as long as that.
class mesh final : public actors::cluster_port, public link_services {
 public:
  using clock = std::chrono::steady_clock;

  mesh(actors::node_core& core, std::uint64_t seed);
  ~mesh() override;

  /// What to call when changes of the own rooms wait to be told: before the shards start.
  void on_interest(std::function<void()> wake) { interest_wake_ = std::move(wake); }

  /// Who this node is: before the first link.
  void set_own(peer_identity own) { own_ = std::move(own); }
  const peer_identity& own() const noexcept { return own_; }

  // cluster_port
  emit_result emit(const actors::address& to, std::string_view event, const payload& args,
                   std::uint64_t offset) override;
  emit_result join(const actors::address& to, const std::vector<std::string>& rooms) override;
  emit_result leave(const actors::address& to, const std::vector<std::string>& rooms) override;
  emit_result disconnect(const actors::address& to, bool close) override;
  void emit_with_ack(const actors::address& to, std::string_view event, const payload& args,
                     std::uint64_t id, const ack_terms& terms,
                     const std::shared_ptr<actors::ack_collector>& into) override;
  void finish(std::uint64_t id) override;
  void fetch(const actors::address& to, std::uint64_t id, std::chrono::milliseconds timeout,
             const std::shared_ptr<actors::fetch_collector>& into) override;
  emit_result server_emit(std::string_view nsp, std::string_view event, const payload& args,
                          std::uint64_t id, std::chrono::milliseconds timeout,
                          const std::shared_ptr<actors::server_reply_collector>& into) override;
  void lookup(lookup_scope where, const socket_id& id, std::uint64_t request,
              std::chrono::milliseconds timeout,
              const std::shared_ptr<actors::lookup_collector>& into) override;
  net::session_home home_of_session(const socket_id& id) override;
  void interest_added(std::string_view nsp, std::optional<std::string_view> room) override;
  void interest_removed(std::string_view nsp, std::optional<std::string_view> room) override;
  void when_known(std::string_view nsp, std::optional<std::string_view> room,
                  std::function<void()> done) override;
  std::shared_ptr<actors::session_home> recovery_home(const socket_id& pid, std::string_view nsp,
                                                      actors::shard& here) override;
  bool knows(std::string_view tag) const override { return directory_.by_tag(tag) != nullptr; }
  bridge_feeds& feeds() noexcept override { return feeds_; }

  // link_services
  void peer_up(const peer_ref& peer) override;
  void peer_down(const peer_ref& peer) override;
  std::unique_ptr<item_sink> open_sink(const peer_ref& peer) override;
  void tick(clock::time_point now) override;

  // for the sinks of the links

  actors::node_core& core() const noexcept { return core_; }
  own_interest& interest() noexcept { return interest_; }
  peer_directory& directory() noexcept { return directory_; }
  watch_table& watches() noexcept { return watches_; }
  request_table<actors::ack_collector, ack_result>& acks() noexcept { return acks_; }
  request_table<actors::fetch_collector, fetch_result>& fetches() noexcept { return fetches_; }
  request_table<actors::lookup_collector, lookup_result>& lookups() noexcept { return lookups_; }
  request_table<actors::server_reply_collector, server_reply_result>& server_emits() noexcept {
    return server_emits_;
  }
  one_node_calls<lent_session>& loans() noexcept { return loans_; }
  one_node_calls<released_session>& releases() noexcept { return releases_; }
  one_node_calls<bool>& fences() noexcept { return fences_; }
  /// Runs `done` on that shard when all that other nodes sent before is there; `but` is not
  /// waited for (null: all are), nor is a node that is silent for too long.
  void fence(actors::shard& home, const linked_peer* but, std::function<void()> done);

 private:
  std::uint64_t hash_of(std::string_view nsp, std::optional<std::string_view> room) const noexcept;
  bool is_announced(std::optional<std::string_view> room) const noexcept;
  std::vector<peer_ref> concerned(const actors::address& to) const;
  template <class Item>
  emit_result send_to(const std::vector<peer_ref>& peers, const Item& item,
                      item_traits traits = {});

  actors::node_core& core_;
  peer_identity own_;
  std::function<void()> interest_wake_;
  own_interest interest_;
  peer_directory directory_;
  bridge_feeds feeds_;
  watch_table watches_;
  request_table<actors::ack_collector, ack_result> acks_;
  request_table<actors::fetch_collector, fetch_result> fetches_;
  request_table<actors::lookup_collector, lookup_result> lookups_;
  request_table<actors::server_reply_collector, server_reply_result> server_emits_;
  one_node_calls<lent_session> loans_;
  one_node_calls<released_session> releases_;
  one_node_calls<bool> fences_;
  clock::time_point next_check_{};
};

}  // namespace pushmesh::cluster
