#pragma once

#include "net/transport/session_request.hpp"
#include "net/transport/timer_wheel.hpp"
#include "net/transport/websocket_connection.hpp"

namespace pushmesh::net {

class polling_session;

/// A WebSocket that may take over a polling session: expects `2probe`, then `5`. Whatever else
/// happens ends this WebSocket alone, and the session polls on. Owned by its session.
class upgrade_probe final : private websocket_handler, private timer_node {
 public:
  upgrade_probe(polling_session& session, session_upgrade request);
  ~upgrade_probe();
  /// Begins to read. The session may end the probe inside this call.
  void start();

  /// Accepts a WebSocket and closes it: the session cannot be upgraded (again).
  static void turn_away(io_loop& loop, session_upgrade request);

 private:
  void on_ws_text(std::string_view text) override;
  void on_ws_binary(std::string_view) override { give_up(); }
  void on_ws_writable() override {}
  void on_ws_closed(close_reason) override { give_up(); }
  static void on_timer(timer_node& node);
  void give_up();

  polling_session& session_;
  websocket_connection::ref transport_;
  std::string already_read_;
  timer_wheel::clock::time_point deadline_;
  bool probed_ = false;
};

}  // namespace pushmesh::net
