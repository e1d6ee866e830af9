// A chat with its page: run it, open http://127.0.0.1:3000/ in two windows. Usage: chat [HOST:PORT]
#include <exception>
#include <iostream>
#include <string>

#include <pushmesh/server.hpp>

namespace {

constexpr const char* page =
#include "page.html.inc"
    ;

pushmesh::net::http_response answer(const pushmesh::net::http_request& request) {
  if (request.target != "/") return {.status = 404, .body = "there is only /"};
  return {.content_type = "text/html; charset=UTF-8", .body = page};
}

/// Nobody joins without a name.
void admit(pushmesh::socket& socket, pushmesh::next next) {
  const auto auth = pushmesh::from_json<pushmesh::json_value>(socket.auth());
  const auto name = auth.find("name");
  const auto text = name ? name->get_if<std::string>() : std::nullopt;
  if (!text || text->empty()) return next(pushmesh::connect_error("say who you are"));
  socket.set_user(*text);
  next();
}

void say(pushmesh::socket& socket, pushmesh::event& event) {
  socket.of().emit("said", socket.user(), event.get<std::string>(0));
  event.ack("ok");
}

}  // namespace

int main(int argc, char** argv) try {
  pushmesh::server node({.listen = argc > 1 ? argv[1] : "127.0.0.1:3000", .http = answer});
  node.use(admit);
  node.on("say", say);
  node.on_connection([](pushmesh::socket& socket) {
    socket.of().emit("came", socket.user(), socket.of().size());
  });
  node.of("/").on_disconnect([](pushmesh::socket& socket, pushmesh::close_reason) {
    socket.of().emit("left", socket.user());
  });
  node.run([&node] { std::cout << "listening on http://127.0.0.1:" << node.port() << std::endl; });
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
