#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cluster/node/component_health.hpp"
#include "net/transport/http_message.hpp"

namespace pushmesh::http {

class api_service;

/// How far a node is; changed by the program, read by the internal listener.
enum class node_phase { starting, serving, stopping };

/// Answers the requests of the internal listener: /livez, /readyz and /metrics, and gives those
/// below /api/ to the HTTP API. Made before the server, whose option it is; runs on any shard.
class internal_http {
 public:
  /// `metrics` gives the text of /metrics, `health` the parts for /readyz?verbose; they are called
  /// on a shard, once the node serves. Without `api` there is nothing below /api/.
  internal_http(std::function<std::string()> metrics,
                std::function<std::vector<component_health>()> health,
                std::shared_ptr<api_service> api = nullptr);

  /// The requests that need no key.
  net::http_response answer(const net::http_request& request) const;
  /// All of them, for the listener. This object must outlive it.
  net::http_service service() const;
  /// Any thread.
  void enter(node_phase phase) noexcept { phase_ = phase; }

 private:
  std::optional<net::http_response> judge(const net::http_request& head) const;
  bool is_for_api(const net::http_request& request) const noexcept;
  net::http_response ready() const;
  net::http_response ready_in_detail() const;
  net::http_response metrics() const;

  std::function<std::string()> metrics_;
  std::function<std::vector<component_health>()> health_;
  std::shared_ptr<api_service> api_;
  std::atomic<node_phase> phase_{node_phase::starting};
};

}  // namespace pushmesh::http
