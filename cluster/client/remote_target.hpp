#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/api/ack.hpp"
#include "actors/api/cluster_results.hpp"
#include "actors/api/ids.hpp"
#include "actors/api/json_writer.hpp"
#include "cluster/client/client_call.hpp"

namespace pushmesh {

namespace actors {
struct address;
}
namespace cluster {
class client_core;
}

/// Whom a client addresses, on all nodes: the same rules as for pushmesh::target. A value: build
/// it, use it, keep it; usable from any thread. Once the client is gone its calls end as `stopped`.
class remote_target {
 public:
  remote_target(std::shared_ptr<cluster::client_core> core, actors::address to);
  remote_target(const remote_target&);
  remote_target(remote_target&&) noexcept;
  remote_target& operator=(remote_target) noexcept;
  ~remote_target();

  /// Adds a room. to() and in() are the same.
  remote_target to(std::string_view room) const;
  remote_target in(std::string_view room) const { return to(room); }
  /// Adds rooms. An empty list addresses nobody: it never turns into a broadcast.
  remote_target to(const std::vector<std::string>& rooms) const;
  remote_target to(const socket_id& id) const { return to(id.view()); }
  remote_target except(std::string_view room) const;
  remote_target except(const std::vector<std::string>& rooms) const;
  remote_target except(const socket_id& id) const { return except(id.view()); }
  /// Receivers that are not writable right now miss the message.
  remote_target volatile_() const;

  /// Sends an event. Done when the node has routed it to all others it concerns; those whose queue
  /// was full are listed as dropped. Arguments become JSON (see json_writer.hpp).
  template <class... Args>
  client_call<emit_result> emit(std::string_view event, const Args&... args) const {
    return emit_json(event, payload_of(args...));
  }
  /// The same with arguments that are JSON already, joined by commas: it must be valid.
  client_call<emit_result> emit_json(std::string_view event, payload args) const;

  /// Sends an event that every receiver is asked to acknowledge.
  template <class... Args>
  client_call<ack_result> emit_with_ack(std::string_view event, const Args&... args) const {
    return emit_json_with_ack(event, payload_of(args...));
  }
  client_call<ack_result> emit_json_with_ack(std::string_view event, payload args) const;

  /// The sockets addressed.
  client_call<fetch_result> fetch_sockets() const;
  client_call<emit_result> sockets_join(const std::vector<std::string>& rooms) const;
  client_call<emit_result> sockets_leave(const std::vector<std::string>& rooms) const;
  /// Disconnects them from the namespace; with `close` their connections, too.
  client_call<emit_result> disconnect_sockets(bool close = false) const;

 private:
  std::shared_ptr<cluster::client_core> core_;
  std::shared_ptr<const actors::address> to_;
};

}  // namespace pushmesh
