#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/response_promise.hpp>
#include <caf/result.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "actors/address.hpp"
#include "actors/api/ack.hpp"
#include "actors/api/cluster_results.hpp"
#include "actors/messages/socket_messages.hpp"
#include "cluster/link/guarded_actor.hpp"
#include "cluster/link/linked_peer.hpp"

namespace pushmesh::actors {
class node_core;
}

namespace pushmesh::cluster {

class mesh;

// To a remote_socket, by itself.

/// The socket is gone, or the link to its node.
struct remote_socket_gone {};
/// What became of a request.
struct remote_socket_ack {
  std::uint64_t request = 0;
  ack_result result;
};
struct remote_socket_fetched {
  std::uint64_t request = 0;
  fetch_result result;
};

/// Stands in for a socket of another node: takes the messages a socket_actor takes
/// (actors/messages/socket_messages.hpp), for the namespace of its id, and passes them on as items
/// of the link to that node, in their order and within its queue. Requests are answered when the
/// socket's shard has carried them out. Ends when the socket is gone (without a reason) or the link
/// to its node is (exit_reason::remote_link_unreachable), so that monitors learn of it; first what
/// is asked already is answered. Or when nobody has its handle any more. On CAF's worker.
class remote_socket final : public guarded_actor {
 public:
  struct setup {
    std::shared_ptr<actors::node_core> core;
    mesh* links = nullptr;  ///< of the core
    peer_ref peer;
    socket_id id;
    std::string nsp;
    std::function<void()> on_end;  ///< from on_exit(), on any thread
  };
  remote_socket(caf::actor_config& cfg, setup s);
  ~remote_socket() override;
  const char* name() const override { return "pushmesh.remote_socket"; }

 protected:
  caf::behavior make_behavior() override;
  void on_exit() override;

 private:
  /// A request that the other node has not answered.
  struct pending {
    caf::response_promise promise;
    enum class kind : std::uint8_t { ack, done, done_or_gone, info } wants;
  };

  void watch();
  void gone();
  void end_if_idle();
  bool accepts(const std::string& nsp) const noexcept { return !gone_ && nsp == setup_.nsp; }
  void emit(const actors::socket_emit& x);
  caf::result<actors::socket_ack> ask(const actors::socket_emit_with_ack& x);
  template <class Result>
  caf::result<Result> fetch(pending::kind wants);
  /// Sends `order` and answers once it was carried out.
  template <class Item>
  caf::result<actors::socket_done> carry_out(const Item& order, pending::kind wants);
  template <class Item>
  bool send_item(const Item& item);
  /// Why there is no answer.
  caf::error unanswered() const;
  std::optional<pending> take(std::uint64_t request);
  void answered(std::uint64_t request, ack_result r);
  void answered(std::uint64_t request, const fetch_result& r);

  setup setup_;
  actors::address only_it_;
  std::uint64_t watch_ = 0;
  bool gone_ = false;
  std::unordered_map<std::uint64_t, pending> requests_;
};

}  // namespace pushmesh::cluster

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pushmesh::cluster::remote_socket_gone)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pushmesh::cluster::remote_socket_ack)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pushmesh::cluster::remote_socket_fetched)
