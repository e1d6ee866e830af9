#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "actors/api/nsp.hpp"
#include "cluster/push/error_code.hpp"
#include "cluster/push/login_form.hpp"
#include "cluster/push/push_socket.hpp"
#include "cluster/push/service_options.hpp"
#include "cluster/push/session_registry.hpp"
#include "net/auth/jwt_verifier.hpp"

namespace pushmesh::cluster::push {

/// The users of a node: who logs in on which socket, for how long, and what their rooms are
/// (`user:<id>`, `tag:<name>`). Its handlers run on the sockets' shards; it outlives the server
/// whose namespace it is attached to.
class push_service {
 public:
  /// Level (0 debug .. 3 error) and text, from any thread.
  using logger = std::function<void(int level, std::string_view line)>;
  /// Makes the registry; it gets what ends sessions of this node.
  using registry_maker = std::function<std::unique_ptr<session_registry>(session_registry::ender)>;

  /// `verifier` is used with auth by tokens only. Without `make_registry`: local_sessions.
  push_service(service_options options, std::optional<net::jwt_verifier> verifier, logger log,
               const registry_maker& make_registry = {});

  /// Serves the clients of a namespace. Before the server starts.
  void attach(nsp& clients);

  /// Ends the session of a claim of this node, if it is still the socket's. Any thread.
  void end(const session_claim& claim, const session_end& why);

 private:
  using lease_ptr = std::shared_ptr<const session_lease>;
  using answer = std::function<void(socket&, lease_ptr, const session_verdict&)>;

  void on_connecting(socket& s, next go);
  void on_connected(socket& s);
  void on_leaving(socket& s, close_reason why);
  void on_login(socket& s, event& e);
  void on_refresh(socket& s, event& e);
  void on_logout(socket& s, event& e);
  void on_due(socket& s);

  push_socket& state_of(socket& s);
  tl::expected<session_info, error> identify(const login_form& form) const;
  tl::expected<session_info, error> identify(socket& s, const event& e);
  tl::expected<std::optional<session_info>, error> identify_by_connect(const socket& s) const;
  void ask_registry(socket& s, const session_info& info, bool comes_back, answer then);
  void await_login(socket& s);
  void come_back(socket& s);
  void come_as_another(socket& s, const session_info& info);
  void begin_session(socket& s);
  void renew(socket& s, push_socket& state, const session_info& shown);
  void take_up(socket& s, session_info info, lease_ptr lease);
  void join_rooms(socket& s, std::function<void(socket&)> then);
  void let_go(socket& s);
  void ended(socket& s, const session_end& why);
  void watch(push_socket& state);
  void note_refusal(const socket& s, const error& why) const;

  const service_options options_;
  const std::optional<net::jwt_verifier> verifier_;
  const logger log_;
  std::atomic<std::uint64_t> last_number_{0};
  std::unique_ptr<session_registry> registry_;
};

}  // namespace pushmesh::cluster::push
