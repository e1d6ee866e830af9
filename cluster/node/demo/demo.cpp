#include "cluster/node/demo/demo.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cluster/node/demo/page.hpp"
#include "cluster/node/http/http_errors.hpp"

namespace pushmesh::demo {
namespace {

constexpr std::size_t longest_room = 256;  // bytes; the page takes 64 characters

void join(socket& s, event& e) {
  const auto room = e.get<std::string>(0);
  if (room.empty() || room.size() > longest_room) {
    e.ack("a room's name has 1 to 256 bytes");
    return;
  }
  if (room.starts_with("user:") || room.starts_with("tag:")) {
    e.ack("the rooms of users and tags are joined by logging in");
    return;
  }
  // Once all nodes know: what is said on any of them from then on reaches this socket.
  s.join(room, [answer = e.take_ack()] { answer("ok"); });
}

void leave(socket& s, event& e) {
  s.leave(e.get<std::string>(0));
  e.ack("ok");
}

void say(socket& s, event& e) {
  const auto room = e.get<std::string>(0);
  const auto text = e.get<std::string>(1);
  const auto receivers = room.empty() ? s.of().all() : s.of().to(room);
  receivers.emit("said", room, s.id().view(), text);
  e.ack("ok");
}

void echo(socket&, event& e) {
  e.ack(e.args());
}

// Any event for everybody else: what `pushmesh bench` measures.
void broadcast(socket& s, event& e) {
  s.broadcast().emit(e.get<std::string>(0), e.args(1));
  e.ack("ok");
}

void tell_time(socket&, event& e) {
  using namespace std::chrono;
  e.ack(floor<milliseconds>(system_clock::now().time_since_epoch()).count());
}

// The page needs nothing but itself and its connection.
std::vector<std::pair<std::string, std::string>> page_headers() {
  return {{"Cache-Control", "no-cache"},
          {"Content-Security-Policy",
           "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
           "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'"},
          {"X-Content-Type-Options", "nosniff"}};
}

}  // namespace

void add_handlers(nsp& chat) {
  chat.on("join", join).on("leave", leave).on("say", say);
  chat.on("echo", echo).on("broadcast", broadcast).on("time", tell_time);
}

net::http_handler page_handler(std::string_view path) {
  return [html = page(path)](const net::http_request& request) -> net::http_response {
    const auto asked = http::path_of(request);
    if (asked != "/")
      return http::error_response(404, "not_found", "there is nothing at " + std::string(asked));
    if (request.method != "GET") return http::method_not_allowed();
    return {200, "text/html; charset=UTF-8", html, page_headers()};
  };
}

}  // namespace pushmesh::demo
