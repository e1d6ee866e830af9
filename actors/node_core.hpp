#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "actors/address.hpp"
#include "actors/api/ack.hpp"
#include "actors/id_source.hpp"
#include "actors/namespace_state.hpp"
#include "actors/options.hpp"
#include "actors/packet_frames.hpp"
#include "actors/recovery/emit_epochs.hpp"
#include "actors/router.hpp"
#include "actors/shard.hpp"

namespace pushmesh::actors {

class cluster_port;
class emit_publisher;
class local_sockets;

enum class log_level { debug, info, warn, error };

/// What all shards of a node and all handles to it share. Outlives both: a handle that is used
/// after the server stopped finds closed queues, nothing else.
class node_core : public std::enable_shared_from_this<node_core> {
 public:
  explicit node_core(actor_options options);
  ~node_core();

  const actor_options& options() const noexcept { return options_; }
  const node_tag& tag() const noexcept { return tag_; }
  /// Name of this node in results and on other nodes.
  const std::string& name() const noexcept { return name_; }
  /// The way to other nodes; nullptr: this one runs alone.
  cluster_port* cluster() const noexcept { return cluster_.get(); }
  /// All before the shards start.
  void set_name(std::string name) { name_ = std::move(name); }
  void set_cluster(std::unique_ptr<cluster_port> port);
  void set_publisher(std::unique_ptr<emit_publisher> p);
  /// Where emits go besides the nodes; nullptr: nowhere.
  emit_publisher* publisher() const noexcept { return publisher_.get(); }
  namespace_registry& namespaces() noexcept { return namespaces_; }
  router& routes() noexcept { return routes_; }
  const packet_frames& frames() const noexcept { return frames_; }

  /// Shards are added before the server starts and stay until this object goes.
  void add_shard(std::unique_ptr<shard> s, std::unique_ptr<local_sockets> sockets);
  const std::vector<std::unique_ptr<shard>>& shards() const noexcept { return shards_; }
  local_sockets& sockets_of(const shard& s) const noexcept { return *sockets_[s.index()]; }
  std::size_t max_pending_acks_per_shard() const noexcept {
    return options_.max_pending_acks / (shards_.empty() ? 1 : shards_.size());
  }

  std::size_t max_partial_bytes_per_shard() const noexcept {
    return options_.max_partial_bytes / (shards_.empty() ? 1 : shards_.size());
  }

  std::size_t max_replay_bytes_per_shard() const noexcept {
    return options_.recovery.max_bytes / std::max<std::size_t>(shards_.size(), 1);
  }
  /// A new one for an event that clients may want again; 0 for others, and with recovery off.
  std::uint64_t next_offset(const address& to) noexcept {
    if (!options_.recovery.enabled() || to.is_volatile) return 0;
    return offsets_.fetch_add(1, std::memory_order_relaxed);
  }

  /// Held while an emit is brought to all it concerns; costs nothing with recovery off.
  emit_epochs::section emitting() noexcept {
    return options_.recovery.enabled() ? epochs_.enter() : emit_epochs::section();
  }
  emit_epochs& epochs() noexcept { return epochs_; }

  /// True when `name` has the form of an id that this node gave a socket.
  bool is_local_id(std::string_view name) const noexcept;
  /// A session that came from elsewhere lives on this shard now: ids that name another one.
  void adopt(const socket_id& id, std::uint16_t shard);
  void disown(const socket_id& id, std::uint16_t shard);
  /// The shard a socket with this id lives on, if it is on this node; nullptr for ids of others.
  shard* shard_of(const socket_id& id) const noexcept;
  /// Rooms that are named like a socket of this node but joined by others: while there are none,
  /// an emit to a socket id goes to that socket's shard alone.
  std::atomic<std::int64_t>& rooms_named_like_ids() noexcept { return rooms_named_like_ids_; }

  /// After this, registering handlers is an error.
  void freeze() noexcept { frozen_ = true; }
  /// Throws std::logic_error once the server runs.
  void check_not_frozen(const char* call) const;

  /// Set once the node closes its sockets: what still connects is closed again.
  void begin_shutdown() noexcept { shutting_down_ = true; }
  bool shutting_down() const noexcept { return shutting_down_; }

  void log(log_level level, std::string_view line) const;

 private:
  actor_options options_;
  node_tag tag_ = make_node_tag();
  namespace_registry namespaces_{*this};
  router routes_{*this};
  packet_frames frames_{options_.parser};
  std::vector<std::unique_ptr<shard>> shards_;
  std::vector<std::unique_ptr<local_sockets>> sockets_;
  std::string name_;
  std::unique_ptr<cluster_port> cluster_;
  std::unique_ptr<emit_publisher> publisher_;
  std::atomic<std::int64_t> rooms_named_like_ids_{0};
  emit_epochs epochs_;
  mutable std::shared_mutex adopted_mutex_;
  std::unordered_map<socket_id, std::uint16_t> adopted_;
  std::atomic<std::size_t> adopted_count_{0};
  std::atomic<std::uint64_t> offsets_;  // starts where no other node is
  std::atomic<bool> frozen_{false};
  std::atomic<bool> shutting_down_{false};
};

}  // namespace pushmesh::actors
