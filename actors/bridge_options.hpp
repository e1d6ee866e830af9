#pragma once

namespace pushmesh::actors {

/// What publishers may do through the emitter bridge besides emits, joins and leaves.
struct bridge_options {
  /// Disconnect sockets. Off: whoever reaches Redis could end them all.
  bool disconnect_sockets = false;
  /// Run the handlers registered with nsp::on_server_side(). Off for the same reason.
  bool server_side_emit = false;
};

}  // namespace pushmesh::actors
