#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/api/cluster_results.hpp"
#include "actors/api/ids.hpp"
#include "actors/api/json_writer.hpp"
#include "cluster/client/client_call.hpp"
#include "cluster/client/client_options.hpp"
#include "cluster/client/client_results.hpp"
#include "cluster/client/remote_target.hpp"
#include "cluster/start_error.hpp"

namespace pushmesh {

/// A program that uses a cluster without being a node of it: it joins one of the nodes as a client,
/// and commands the sockets of all of them. When that node is lost it tries the others. All members
/// may be called from any thread; calls made on one thread are carried out in that order, as long
/// as the node stays the same.
///
/// Whoever may join the cluster is fully trusted.
class client {
 public:
  /// Begins to look for a node; calls wait for it. Throws start_error for what can never work:
  /// no addresses, missing or unfit certificates.
  explicit client(client_options options);
  ~client();  ///< stop()
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  /// Everybody in a namespace (a missing slash is added).
  remote_target of(std::string_view nsp) const;
  /// Shorthands for of("/").
  remote_target to(std::string_view room) const { return of("/").to(room); }
  remote_target to(const socket_id& id) const { return of("/").to(id); }
  template <class... Args>
  client_call<emit_result> emit(std::string_view event, const Args&... args) const {
    return of("/").emit(event, args...);
  }

  /// Looks for a socket on whatever node it is.
  client_call<lookup_result> find_socket(const socket_id& id) const;
  /// The nodes that are up, the one that answers first.
  client_call<std::vector<node_info>> nodes() const;

  /// Sends an event to the nodes themselves, where nsp::on_server_side() of the namespace handles
  /// it.
  template <class... Args>
  client_call<emit_result> server_side_emit(std::string_view nsp, std::string_view event,
                                            const Args&... args) const {
    return server_side_emit_json(nsp, event, payload_of(args...));
  }
  client_call<emit_result> server_side_emit_json(std::string_view nsp, std::string_view event,
                                                 payload args) const;
  /// The same; each node is asked for an answer.
  template <class... Args>
  client_call<server_reply_result> server_side_emit_with_ack(std::string_view nsp,
                                                             std::string_view event,
                                                             const Args&... args) const {
    return server_side_emit_json_with_ack(nsp, event, payload_of(args...));
  }
  client_call<server_reply_result> server_side_emit_json_with_ack(std::string_view nsp,
                                                                  std::string_view event,
                                                                  payload args) const;

  /// Name of the node that is used now; empty when there is none.
  std::string node() const;
  /// Says goodbye. Calls that were not sent end as `stopped`, others as `unknown_outcome`; all
  /// handlers have run when it returns. Not from a handler.
  void stop();

 private:
  class impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace pushmesh
