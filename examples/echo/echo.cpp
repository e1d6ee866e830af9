#include <pushmesh/server.hpp>

int main() {
  pushmesh::server node({.listen = "127.0.0.1:3000"});
  node.on("echo", [](pushmesh::socket& socket, pushmesh::event& event) {
    socket.emit("echo", event.args());  // for socket.emit("echo", ...)
    event.ack(event.args());            // for socket.emitWithAck("echo", ...)
  });
  node.run();
}
