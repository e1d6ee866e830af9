#include "cluster/node/main/nodes_command.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "actors/api/json_writer.hpp"
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

}  // namespace

int run_nodes(const cluster_flags& flags) {
  return with_cluster(flags, [&](client& cluster) {
    const auto result = result_of(cluster.nodes(), flags);
    if (!result.ok()) return fail_call(result.outcome, result.why);
    flags.json ? say(json_args(nodes_report{result.node, result.value})) : print_text(result.value);
    return static_cast<int>(config::exit_code::done);
  });
}

}  // namespace pushmesh::program
