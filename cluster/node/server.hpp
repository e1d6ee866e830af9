#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "actors/api/engineio.hpp"
#include "actors/api/nsp.hpp"
#include "actors/api/socket.hpp"
#include "actors/bridge_options.hpp"
#include "actors/options.hpp"
#include "cluster/node/cluster_options.hpp"
#include "cluster/node/component_health.hpp"
#include "cluster/start_error.hpp"
#include "net/transport/http_message.hpp"
#include "net/transport/options.hpp"
#include "net/transport/tls/tls_options.hpp"

namespace caf {
class actor_system;
}

namespace pushmesh {

struct found_handle;

/// Everything a server can be told. Defaults are those of the official server where it has them.
struct server_options {
  /// HOST:PORT of the public listener; port 0 picks one.
  std::string listen = "127.0.0.1:3000";
  /// HOST:PORT of the internal listener (health, metrics); empty: none.
  std::string internal_listen{};
  /// I/O threads; 0: one per core.
  unsigned shards = 0;
  /// Name of the node in logs and results, unique in its cluster; empty: its cluster address, of a
  /// node that runs alone its listen address.
  std::string name{};
  /// The other nodes.
  cluster_options cluster{};
  /// TLS on the public listener; off without a certificate.
  tls_options tls{};
  net::transport_options transport{};
  actors::actor_options actors{};
  /// URL of the Redis that back-ends publish through with the socket.io-emitter packages; empty:
  /// none. `redis://[[user]:password@]host[:port][/database]`, the same with `rediss` for TLS, or
  /// `unix://[[user]:password@]/path[?db=database]`.
  std::string redis{};
  tls_connector_options redis_tls{};
  /// First part of the names of its channels, as the emitters have it (their option `key`).
  std::string redis_key = "socket.io";
  actors::bridge_options bridge{};
  /// Bytes the process may use, for the bounds that are shares of it; 0: the cgroup's limit, else
  /// the machine's memory.
  std::size_t memory_limit = 0;
  /// Bytes of outbound messages the node may hold; 0: a quarter of memory_limit.
  std::size_t outbound_budget = 0;
  /// Folder with the client's scripts (`client-dist` of the npm package socket.io), served below
  /// the Engine.IO path: `/socket.io/socket.io.js`. Empty: 404.
  std::string client_dir{};
  /// Answers plain HTTP requests of the public listener (other paths than the Engine.IO one).
  net::http_handler http{};
  /// Answers requests of the internal listener.
  net::http_service internal_http{};
};

/// What a node holds and did, summed over its shards.
struct server_stats {
  std::int64_t connections, sockets, rooms, accepted, refused_full, refused_descriptors,
      http_requests, http_refused, request_timeouts, messages_in, bytes_in, frames_out, bytes_out,
      writes, writes_blocked, volatile_dropped, overflow_dropped, slow_consumers, overload_closed,
      events_in, emits, bad_arguments, handler_errors, slow_handlers, pending_acks, partial_bytes,
      socket_actors;
  std::int64_t connects_delayed, refused_address, refused_proxy, bad_proxy_headers,
      namespaces_refused, rooms_refused;
  /// Clients whose session is on another node than their connection; see
  /// net/transport/counters.hpp.
  std::int64_t relayed_requests, relayed_served, tunnels, tunnelled, tunnel_bytes_in,
      tunnel_bytes_out;
  std::int64_t sessions_away, replay_bytes, sessions_recovered, sessions_lost, sessions_refused;
  std::int64_t tls_handshakes, tls_resumed, tls_failed;
  std::int64_t tls_certificate_end;  ///< Unix time in seconds; 0: no TLS
  std::int64_t outbound_bytes;       ///< bytes of living frames now
  std::int64_t disconnects[32];      ///< by close_reason
  // The emitter bridge, if there is one.
  std::int64_t bridge_up, bridge_connects, bridge_messages, bridge_broadcasts, bridge_requests,
      bridge_duplicates, bridge_unclaimed, bridge_pauses, bridge_acks, bridge_acks_lost,
      bridge_acks_not_asked, bridge_own, bridge_missed, bridge_published, bridge_forwarded,
      bridge_publish_dropped;
  std::int64_t bridge_refused[32];  ///< by net::bridge_errc
};

/// A Socket.IO server node. Register handlers, then run() or start(). All members may be called
/// from any thread; handlers run on the shards.
class server {
 public:
  explicit server(server_options options = {});
  ~server();  ///< stop()
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// The namespace `name`, made at the first call ("/" exists always; a missing slash is added).
  nsp& of(std::string_view name);
  /// Namespaces made on demand: a client may join any name that `pattern` matches whole. They
  /// share the handlers registered on the result.
  nsp& of_matching(const std::regex& pattern, std::string_view label = "dynamic");
  nsp& of_matching(std::function<bool(std::string_view)> accepts,
                   std::string_view label = "dynamic");

  /// Shorthands for of("/").
  nsp& on(std::string_view event, event_handler handler) {
    return of("/").on(event, std::move(handler));
  }
  nsp& on_connection(connection_callback handler) {
    return of("/").on_connection(std::move(handler));
  }
  nsp& use(middleware m) { return of("/").use(std::move(m)); }
  target to(std::string_view room) { return of("/").to(room); }
  template <class... Args>
  void emit(std::string_view event, const Args&... args) {
    of("/").emit(event, args...);
  }

  /// A bare Engine.IO endpoint under the path prefix `path` ("/engine.io/"): clients without
  /// Socket.IO. Before the server starts.
  void on_engineio(std::string_view path, engineio_handlers handlers);

  /// Binds and serves. Throws start_error.
  void start();
  /// start(), serve until SIGINT, SIGTERM or stop(), then stop(). `when_listening` runs in between,
  /// once clients can connect and signals are heeded. Throws start_error.
  void run(const std::function<void()>& when_listening = {});
  /// Closes every socket ("server shutting down"), waits for what is in flight, ends all threads.
  /// Idempotent. From a handler, whose thread cannot wait for itself, it only makes run() return.
  void stop();

  /// Reads the files of `tls` again: clients that connect from now on get the new certificate,
  /// those that are connected keep their connections. The error says what is wrong with the new
  /// files; the old ones stay in use then. Empty: done. One line of the log tells either.
  std::string reload_certificates();

  /// Port of the public (internal) listener once started; 0 before.
  std::uint16_t port() const noexcept;
  std::uint16_t internal_port() const noexcept;
  /// Unique per process start: the tag in the ids of this node's sockets.
  std::string_view node_id() const noexcept;
  const server_options& options() const noexcept;
  /// Name of this node.
  std::string_view name() const noexcept;
  /// HOST:PORT under which other nodes dial this one, once started; empty when it runs alone.
  std::string cluster_address() const;
  /// The other programs of the cluster that are linked with this one.
  std::vector<peer_status> peers() const;
  /// nullopt: it runs alone.
  std::optional<cluster_stats> cluster() const;
  /// Everybody in a namespace; nullopt: this node has none of that name now.
  std::optional<target> find_namespace(std::string_view name) const;
  /// Looks for a socket on whichever node it is. `done` runs once, on a shard's thread.
  void find_socket(const socket_id& id, std::function<void(lookup_result)> done,
                   std::chrono::milliseconds timeout = std::chrono::seconds(5)) const;
  /// The same, for an actor that stands for the socket; for programs that use CAF, which include
  /// <pushmesh/socket_handle.hpp>.
  void find_handle(const socket_id& id, std::function<void(found_handle)> done,
                   std::chrono::milliseconds timeout = std::chrono::seconds(5)) const;
  /// Where these actors live, once started and until stop(): actors that use them are spawned there
  /// and must have ended by then.
  caf::actor_system& actor_system() const;
  server_stats stats() const;
  /// The parts of a node that runs, and how each is. Not cheap: for people and probes.
  std::vector<component_health> health() const;
  /// Connections the descriptor limit allows.
  std::size_t capacity() const noexcept;

 private:
  class impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace pushmesh
