#include "cluster/node/main/nodes_command.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "actors/api/json_value.hpp"
#include "actors/api/json_writer.hpp"
#include "cluster/node/main/api_caller.hpp"
#include "cluster/node/main/messages.hpp"

namespace pushmesh {

template <class Fields>
void json_fields(Fields& f, node_info& n) {
  f("name", n.name);
  f("address", n.address);
  f("tag", n.tag);
}

}  // namespace pushmesh

namespace pushmesh::program {

namespace {

struct nodes_report {
  std::string node;
  std::vector<node_info> nodes;
};
template <class Fields>
void json_fields(Fields& f, nodes_report& r) {
  f("node", r.node);
  f("nodes", r.nodes);
}

void print_text(const std::vector<node_info>& nodes) {
  std::size_t width = 0;
  for (const auto& n : nodes) width = std::max(width, shown(n.name).size());
  for (const auto& n : nodes) {
    auto name = shown(n.name);
    name.resize(width, ' ');
    say(name + "  " + n.address + "  " + n.tag);
  }
}

// What the HTTP API answers.
struct listed_node {
  std::string name;
  std::optional<std::string> address;
  std::string tag;
};
template <class Fields>
void json_fields(Fields& f, listed_node& n) {
  f("name", n.name);
  f("address", n.address);
  f("tag", n.tag);
}
struct cluster_answer {
  std::vector<listed_node> nodes;
};
template <class Fields>
void json_fields(Fields& f, cluster_answer& a) {
  f("nodes", a.nodes);
}

int print(const std::string& asked, const std::vector<node_info>& nodes, bool json) {
  json ? say(json_args(nodes_report{asked, nodes})) : print_text(nodes);
  return static_cast<int>(config::exit_code::done);
}

int list_over_http(const cluster_flags& flags, const api_caller& api) {
  const auto body = api.get("/api/v1/cluster");
  if (!body && body.error().is_not_found)
    return fail(config::exit_code::failed, "there is no HTTP API at " + flags.http);
  if (!body) return body.error().code;
  const auto answer = try_from_json<cluster_answer>(*body);
  if (!answer || answer->nodes.empty())
    return fail(config::exit_code::failed, "the answer is not understood");
  std::vector<node_info> nodes;
  for (const auto& n : answer->nodes) nodes.push_back({n.name, n.address.value_or(""), n.tag});
  return print(nodes.front().name, nodes, flags.json);
}

}  // namespace

int run_nodes(const cluster_flags& flags) {
  if (!flags.http.empty())
    return with_api(flags, [&](const api_caller& api) { return list_over_http(flags, api); });
  return with_cluster(flags, [&](client& cluster) {
    const auto result = result_of(cluster.nodes(), flags);
    if (!result.ok()) return fail_call(result.outcome, result.why);
    return print(result.node, result.value, flags.json);
  });
}

}  // namespace pushmesh::program
