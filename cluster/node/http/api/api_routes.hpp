#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/node/http/api/api_scope.hpp"
#include "net/transport/http_message.hpp"

namespace pushmesh::http {

/// A request to one route. `parameters` are the texts of the `{...}` in its path, in their order.
struct api_call {
  net::http_request request;
  std::vector<std::string> parameters;
};

/// Answers a request; nullopt: it calls `reply` later. Runs on the shard of the internal listener,
/// which it must not hold up.
using api_handler = std::function<std::optional<net::http_response>(api_call, net::http_reply)>;

struct api_route {
  std::string method;  ///< "GET" is for HEAD, too
  std::string path;    ///< "/api/v1/sockets/{sid}"
  api_scope needs = api_scope::any;
  api_handler handler;
};

/// Which route a request is for.
struct route_match {
  enum class kind {
    found,
    bad_path,     ///< no path, or one whose parameters cannot be
    unknown,      ///< there is nothing
    other_method  ///< see `allow`
  };
  kind what = kind::unknown;
  const api_route* route = nullptr;     ///< when found; lives as long as the table
  std::vector<std::string> parameters;  ///< when found
  std::string allow;                    ///< methods of the path: "GET, HEAD, OPTIONS"
};

/// The routes of the HTTP API. Fixed parts of a path are compared as they were sent: nothing is
/// normalised, so that whoever filters by path in front of the node sees what the node sees.
class api_routes {
 public:
  explicit api_routes(std::vector<api_route> routes);
  route_match match(std::string_view method, std::string_view target) const;

 private:
  struct entry {
    api_route route;
    std::vector<std::string> segments;  // a parameter begins with a brace
  };
  std::vector<entry> entries_;
};

}  // namespace pushmesh::http
