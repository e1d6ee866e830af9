#pragma once

#include <variant>

namespace pushmesh::net {

class io_loop;

/// Work for another loop of the node.
class loop_task {
 public:
  virtual ~loop_task() = default;
  virtual void run(io_loop& there) = 0;
};

/// What is handed to the loop that owns a session, whichever loop took it from the wire; see
/// net/transport/session_request.hpp.
struct polling_request;
struct session_upgrade;
using session_request = std::variant<polling_request, session_upgrade>;

}  // namespace pushmesh::net
