#include <pushmesh/server.hpp>

int main() {
  pushmesh::server io({.listen = "127.0.0.1:3000"});
  io.on("echo", [](pushmesh::socket&, pushmesh::event& ev) { ev.ack(ev.args()); });
  io.run();  // until SIGINT or SIGTERM
}
