#include "cluster/node/http/api/node_routes.hpp"

#include <optional>
#include <string>
#include <utility>

#include "actors/api/json_writer.hpp"
#include "cluster/node/http/api/api_worker.hpp"
#include "cluster/node/http/api/emit_order.hpp"
#include "cluster/node/http/api/openapi_document.hpp"
#include "cluster/node/http/http_errors.hpp"
#include "cluster/node/server.hpp"
#include "net/protocol/iso_time.hpp"

namespace pushmesh::http {

using get_node = std::function<server&()>;

namespace {

struct emit_answer {
  std::string_view node;
  std::vector<std::string> nodes_missing;
};
template <class Fields>
void json_fields(Fields& f, emit_answer& a) {
  f("node", a.node);
  f("nodes_missing", a.nodes_missing);
}

struct socket_answer {
  std::optional<std::string> user, device, platform;
  std::string_view socket;
  std::string node, since, address;
};
template <class Fields>
void json_fields(Fields& f, socket_answer& a) {
  f("user", a.user);
  f("device", a.device);
  f("platform", a.platform);
  f("socket", a.socket);
  f("node", a.node);
  f("since", a.since);
  f("address", a.address);
}

struct node_entry {
  std::string name;
  std::optional<std::string> address;
  std::string tag;
  bool suspected = false;
};
template <class Fields>
void json_fields(Fields& f, node_entry& n) {
  f("name", n.name);
  f("address", n.address);
  f("tag", n.tag);
  f("suspected", n.suspected);
}

struct cluster_answer {
  std::vector<node_entry> nodes;
};
template <class Fields>
void json_fields(Fields& f, cluster_answer& a) {
  f("nodes", a.nodes);
}

template <class T>
net::http_response json_response(const T& value) {
  net::http_response response{200, "application/json", {}, {}};
  append_json(response.body, value);
  return response;
}

net::http_response bad_request(const body_error& e) {
  return error_response(400, "bad_request",
                        e.field.empty() ? e.message : e.field + ": " + e.message, e.field);
}

net::http_response too_busy() {
  return unavailable("too many calls wait, or the node is stopping");
}

// On the worker's thread, whose emits wait while a shard is behind.
net::http_response emit(const server& node, std::string_view body, std::size_t max_depth) {
  const auto order = parse_emit_order(body, max_depth);
  if (!order) return bad_request(order.error());
  auto to = node.find_namespace(order->nsp);
  if (!to) return bad_request({"no namespace of this node has this name", "namespace"});
  if (order->rooms) to = to->to(*order->rooms);
  if (!order->except.empty()) to = to->except(order->except);
  payload args;
  args.json = order->args;
  auto result = to->emit_json(order->event, std::move(args));
  return json_response(emit_answer{node.name(), std::move(result.dropped)});
}

api_handler emit_handler(get_node node, api_worker& worker, std::size_t max_depth) {
  return [node = std::move(node), &worker, max_depth](
             api_call call, net::http_reply reply) -> std::optional<net::http_response> {
    const auto accepted = worker.post([node, max_depth, body = std::move(call.request.body),
                                       reply] { reply(emit(node(), body, max_depth)); },
                                      [reply] { reply(too_busy()); });
    if (!accepted) return too_busy();
    return std::nullopt;
  };
}

net::http_response socket_response(const lookup_result& r, std::string_view asked) {
  if (!r.nodes_missing.empty())
    return unavailable("no answer from node " + r.nodes_missing.front());
  if (r.found.empty())
    return error_response(404, "not_found", "no socket has the id " + std::string(asked));
  const auto& d = r.found.front();
  socket_answer a;
  if (!d.info.user.empty()) a.user = d.info.user;
  a.socket = d.info.id.view();
  a.node = d.info.node;
  a.since = net::iso_time(static_cast<double>(d.issued_ms));
  a.address = d.info.address;
  return json_response(a);
}

api_handler socket_handler(get_node node) {
  return [node = std::move(node)](api_call call,
                                  net::http_reply reply) -> std::optional<net::http_response> {
    auto sid = std::move(call.parameters.front());
    // Clients of the older protocol call it NAMESPACE#ID.
    const auto id = socket_id::parse(std::string_view(sid).substr(sid.rfind('#') + 1));
    if (!id) return socket_response({}, sid);
    node().find_socket(*id, [sid = std::move(sid), reply = std::move(reply)](
                                const lookup_result& r) { reply(socket_response(r, sid)); });
    return std::nullopt;
  };
}

api_handler cluster_handler(get_node node) {
  return [node = std::move(node)](const api_call&, const net::http_reply&) {
    const auto& here = node();
    cluster_answer a;
    const auto address = here.cluster_address();
    a.nodes.push_back({std::string(here.name()), std::nullopt, std::string(here.node_id()), false});
    if (!address.empty()) a.nodes.front().address = address;
    for (const auto& p : here.peers())
      if (!p.is_client) a.nodes.push_back({p.name, p.address, p.tag, p.suspected});
    return std::optional(json_response(a));
  };
}

std::optional<net::http_response> describe(const api_call&, const net::http_reply&) {
  return net::http_response{200, "application/yaml", std::string(openapi_document()), {}};
}

}  // namespace

std::vector<api_route> node_routes(get_node node, api_worker& worker, std::size_t max_json_depth) {
  return {
      {"POST", "/api/v1/emit", api_scope::push,
       emit_handler(node, worker, max_json_depth + 1)},  // the object around the arguments
      {"GET", "/api/v1/sockets/{sid}", api_scope::read, socket_handler(node)},
      {"GET", "/api/v1/cluster", api_scope::read, cluster_handler(node)},
      {"GET", "/api/v1/openapi.yaml", api_scope::any, describe},
  };
}

}  // namespace pushmesh::http
