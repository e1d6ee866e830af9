#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "cluster/node/http/api/api_routes.hpp"

namespace pushmesh {
class server;
}

namespace pushmesh::http {

class api_worker;

/// The routes that need no users: emit, sockets, cluster and the description of all. `node` gives
/// the server once it runs; it is not called before, nor after the worker has stopped.
std::vector<api_route> node_routes(std::function<server&()> node, api_worker& worker,
                                   std::size_t max_json_depth);

}  // namespace pushmesh::http
