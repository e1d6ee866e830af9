// A node of another wire version, for tests: the links of a real node, which only say another
// number in their hello.
//
//   other_wire_node VERSION LISTEN NAME PEER...      LISTEN and PEER are HOST:PORT, without TLS
//
// Prints its log, and "listening on HOST:PORT" once others can dial it. Runs until SIGTERM.
#include <signal.h>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/io/middleman.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "actors/id_source.hpp"
#include "cluster/host_port.hpp"
#include "cluster/link/gateway.hpp"
#include "cluster/link/link_system.hpp"

namespace {

using namespace pushmesh;
using namespace pushmesh::cluster;

void print(std::string_view line) {
  std::cout << std::string(line) + '\n' << std::flush;
}

/// What its links are for: nothing.
class no_services final : public link_services {
 public:
  void peer_up(const peer_ref& peer) override { print("linked with " + peer->name()); }
  void peer_down(const peer_ref&) override {}
  std::unique_ptr<item_sink> open_sink(const peer_ref&) override {
    throw std::logic_error("no link of another wire version should come up");
  }
  void tick(std::chrono::steady_clock::time_point) override {}
};

struct caf_config : caf::actor_system_config {
  caf_config() {
    add_message_types<caf::id_block::pushmesh_actors>();
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", 1);
    configure_links(*this, certificate_files{});
  }
};

gateway_setup setup_of(char** arguments, int count) {
  gateway_setup setup;
  setup.own.wire_version = static_cast<std::uint16_t>(std::stoul(arguments[0]));
  setup.own.address = arguments[1];
  setup.own.name = arguments[2];
  setup.own.incarnation = new_incarnation();
  setup.own.tag = actors::make_node_tag();
  setup.own.cluster = "pushmesh";
  setup.peers.assign(arguments + 3, arguments + count);
  setup.services = std::make_shared<no_services>();
  setup.view = std::make_shared<gateway_view>();
  setup.log = [](int, const std::string& line) { print(line); };
  setup.on_restart = [](const std::string&) { std::exit(1); };
  return setup;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 4) throw std::invalid_argument("VERSION LISTEN NAME PEER...");
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);  // before there are other threads
  caf_config config;
  caf::actor_system system{config};
  const auto where = host_port::parse(argv[2]);
  if (!where) throw std::invalid_argument("LISTEN is HOST:PORT");
  const auto door = system.spawn<gateway, caf::hidden>(setup_of(argv + 1, argc - 1));
  const auto port = system.middleman().publish(door, where->port, where->host.c_str(), true);
  if (!port) throw std::runtime_error("cannot listen on " + std::string(argv[2]));
  print("listening on " + where->host + ':' + std::to_string(*port));
  int signal = 0;
  sigwait(&ends, &signal);
  caf::scoped_actor self{system};
  self->send(door, gateway_stop{});
  self->wait_for(door);
  return 0;
} catch (const std::exception& e) {
  std::cerr << "other_wire_node: " << e.what() << '\n';
  return 1;
}
