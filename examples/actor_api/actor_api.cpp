// A program beside the cluster: it joins a node as a client, finds a socket on whatever node that
// is, asks it a question, and prints who answered.
//
//     actor_api 127.0.0.1:4000 SID [QUESTION]
//
// The nodes must run with --cluster-listen; the address is that of any of them.
#include <chrono>
#include <iostream>
#include <string>

#include <pushmesh/client.hpp>

using namespace std::chrono_literals;

namespace {

template <class T>
int failed(const pushmesh::client_result<T>& result) {
  std::cerr << pushmesh::to_string(result.outcome) << ": " << result.why << '\n';
  return 1;
}

int ask(const pushmesh::client& cluster, const pushmesh::socket_id& id, const std::string& text) {
  const auto found = cluster.find_socket(id).get();
  if (!found.ok()) return failed(found);
  if (found.value.found.empty()) {
    std::cerr << "there is no such socket\n";
    return 2;
  }
  const auto& socket = found.value.found.front().info;
  std::cout << "found on " << socket.node << ", in " << socket.rooms.size() << " rooms\n";

  const auto asked =
      cluster.of(socket.nsp).to(id).emit_with_ack("question", text).timeout(5s).get();
  if (!asked.ok()) return failed(asked);
  for (const auto& reply : asked.value.acked)
    std::cout << reply.socket.view() << " on " << reply.node << " answered " << reply.raw() << '\n';
  return asked.value.complete() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const auto id = argc > 2 ? pushmesh::socket_id::parse(argv[2]) : std::nullopt;
  if (!id) {
    std::cerr << "usage: actor_api HOST:PORT SID [QUESTION]\n";
    return 64;
  }
  try {
    const pushmesh::client cluster({.nodes = {argv[1]}});
    return ask(cluster, *id, argc > 3 ? argv[3] : "are you there?");
  } catch (const pushmesh::start_error& e) {
    std::cerr << e.what() << '\n';
    return 78;
  }
}
