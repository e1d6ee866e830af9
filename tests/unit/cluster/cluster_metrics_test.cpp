#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <thread>

#include "cluster/node/http/metrics.hpp"
#include "cluster/node/server.hpp"

using namespace pushmesh;

namespace {

server_options node_options(std::string name, std::vector<std::string> peers = {}) {
  server_options o;
  o.listen = "127.0.0.1:0";
  o.shards = 1;
  o.name = std::move(name);
  o.cluster.listen = "127.0.0.1:0";
  o.cluster.peers = std::move(peers);
  o.actors.log = [](int, std::string_view) {};
  return o;
}

std::string metrics_of(const server& io) {
  return http::metrics_text(io.stats(), io.cluster(), {"1.2.3", io.name(), io.node_id(), 1});
}

void wait_until(const auto& holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!holds()) {
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

/// The sample lines' names, labels cut off.
std::set<std::string> names_in(const std::string& text) {
  std::set<std::string> names;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (!line.starts_with("#")) names.insert(line.substr(0, line.find_first_of("{ ")));
  return names;
}

bool has(const std::string& text, const std::string& line) {
  return text.find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("a node alone has no metrics of a cluster") {
  auto alone = node_options("a");
  alone.cluster = {};
  server io(alone);
  io.start();
  CHECK_FALSE(io.cluster());
  CHECK(metrics_of(io).find("pushmesh_peer") == std::string::npos);
  CHECK(metrics_of(io).find("pushmesh_cluster") == std::string::npos);
}

TEST_CASE("two nodes: every metric of the cluster is there, by the peer's name") {
  server a(node_options("a"));
  a.start();
  auto b = std::make_unique<server>(node_options("b", {a.cluster_address()}));
  b->start();
  // A first ping was answered: all of what is measured is there.
  wait_until([&] {
    const auto peers = a.peers();
    return !peers.empty() && peers.front().round_trip.count() >= 0;
  });
  auto text = metrics_of(a);
  const auto names = names_in(text);
  for (const auto* name : {"pushmesh_cluster_peers_up",
                           "pushmesh_cluster_clients",
                           "pushmesh_cluster_own_rooms",
                           "pushmesh_cluster_remote_rooms",
                           "pushmesh_cluster_remote_rooms_bytes",
                           "pushmesh_cluster_pending_joins",
                           "pushmesh_cluster_tls_failures_total",
                           "pushmesh_cluster_socket_handles",
                           "pushmesh_peer_state",
                           "pushmesh_peer_links_total",
                           "pushmesh_peer_lost_items_total",
                           "pushmesh_peer_up_seconds",
                           "pushmesh_peer_round_trip_seconds",
                           "pushmesh_peer_queued_bytes",
                           "pushmesh_peer_queued_items",
                           "pushmesh_peer_refused_items_total",
                           "pushmesh_peer_volatile_dropped_total",
                           "pushmesh_peer_bytes_in_total",
                           "pushmesh_peer_bytes_out_total",
                           "pushmesh_peer_batches_in_total",
                           "pushmesh_peer_batches_out_total",
                           "pushmesh_peer_handler_seconds_total",
                           "pushmesh_peer_watched_sockets"}) {
    CHECK_MESSAGE(names.contains(name), name);
    CHECK_MESSAGE(text.find(std::string("# HELP ") + name + " ") != std::string::npos, name);
  }
  CHECK(has(text, "pushmesh_cluster_peers_up 1"));
  CHECK(has(text, "pushmesh_cluster_clients 0"));
  CHECK(has(text, "pushmesh_peer_state{peer=\"b\",state=\"lost\"} 0"));
  CHECK(has(text, "pushmesh_peer_links_total{peer=\"b\"} 1"));
  CHECK(has(text, "pushmesh_peer_lost_items_total{peer=\"b\"} 0"));
  CHECK_FALSE(has(text, "pushmesh_peer_bytes_in_total{peer=\"b\"} 0"));
  CHECK_FALSE(has(text, "pushmesh_peer_bytes_out_total{peer=\"b\"} 0"));

  // It leaves with a goodbye, and comes back under its name.
  b.reset();
  wait_until([&] { return a.peers().empty(); });
  text = metrics_of(a);
  CHECK(has(text, "pushmesh_cluster_peers_up 0"));
  CHECK(has(text, "pushmesh_peer_state{peer=\"b\",state=\"left\"} 1"));
  CHECK(has(text, "pushmesh_peer_state{peer=\"b\",state=\"up\"} 0"));
  CHECK_FALSE(names_in(text).contains("pushmesh_peer_up_seconds"));
  server again(node_options("b", {a.cluster_address()}));
  again.start();
  wait_until([&] { return !a.peers().empty(); });
  text = metrics_of(a);
  CHECK(has(text, "pushmesh_peer_state{peer=\"b\",state=\"up\"} 1"));
  CHECK(has(text, "pushmesh_peer_links_total{peer=\"b\"} 2"));
}

TEST_CASE("clients of the cluster are counted, not named") {
  cluster_stats s;
  auto& tool = s.peers.emplace_back();
  tool.name = "a tool";
  tool.is_client = true;
  const auto text = http::metrics_text({}, s, {"1", "n", "tag", 1});
  CHECK(has(text, "pushmesh_cluster_clients 1"));
  CHECK(has(text, "pushmesh_cluster_peers_up 0"));
  CHECK(text.find("a tool") == std::string::npos);
}
