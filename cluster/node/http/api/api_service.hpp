#pragma once

#include <memory>
#include <optional>

#include "cluster/node/http/api/api_access.hpp"
#include "cluster/node/http/api/api_routes.hpp"
#include "net/transport/http_message.hpp"

namespace pushmesh::http {

/// The HTTP API: finds the route of a request, sees to it that its key allows that, and has it
/// answered. Runs on the shard of the internal listener.
class api_service {
 public:
  api_service(std::shared_ptr<const api_access> access, api_routes routes)
      : access_(std::move(access)), routes_(std::move(routes)) {}

  /// How a request is refused, by its head alone; nullopt: answer() may be called. Who has no key
  /// learns nothing of what there is. Also answers OPTIONS.
  std::optional<net::http_response> judge(const net::http_request& head) const;
  /// Answers a request that was not refused; nullopt: `reply` is called later.
  std::optional<net::http_response> answer(net::http_request request, net::http_reply reply) const;

 private:
  std::shared_ptr<const api_access> access_;
  api_routes routes_;
};

}  // namespace pushmesh::http
