#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "tests/unit/transport/test_server.hpp"

namespace pushmesh::net::test {

struct http_reply {
  int status = 0;
  std::string head, body;
};

/// One HTTP connection of a polling client.
class polling_client {
 public:
  /// `turn` makes the servers work until its argument holds; false after too long.
  using turner = std::function<bool(const std::function<bool()>&)>;

  polling_client(std::uint16_t port, turner turn) : turn_(std::move(turn)), tcp_(port) {}
  explicit polling_client(test_server& server)
      : polling_client(server.port, [&](const auto& done) { return server.run_until(done); }) {}

  static std::string path(std::string_view sid, std::string_view more = "EIO=4") {
    std::string target = "/socket.io/?transport=polling&" + std::string(more);
    if (!sid.empty()) target.append("&sid=").append(sid);
    return target;
  }
  void get(std::string_view sid, std::string_view more = "EIO=4") {
    tcp_.send("GET " + path(sid, more) + " HTTP/1.1\r\nHost: h\r\n\r\n");
  }
  void post(std::string_view sid, std::string_view body,
            std::string_view type = "text/plain;charset=UTF-8") {
    std::string request = "POST " + path(sid) + " HTTP/1.1\r\nHost: h\r\nContent-Type: ";
    request.append(type).append("\r\nContent-Length: ").append(std::to_string(body.size()));
    tcp_.send(request.append("\r\n\r\n").append(body));
  }
  void send(std::string_view bytes) { tcp_.send(bytes); }

  /// The next answer on this connection.
  http_reply reply() {
    http_reply r;
    if (!turn_([&] { return take(r); })) throw std::runtime_error("no answer: " + tcp_.raw());
    return r;
  }
  std::string body_of(std::string_view sid) {
    get(sid);
    return reply().body;
  }
  /// Opens a session; returns its id.
  std::string open(std::string_view more = "EIO=4") {
    get({}, more);
    const auto opened = reply();
    const auto at = opened.body.find("\"sid\":\"");
    if (at == std::string::npos) throw std::runtime_error("no session: " + opened.body);
    return opened.body.substr(at + 7, 20);
  }
  /// Whether an answer is there already.
  bool answered() {
    http_reply ignored;
    tcp_.receive();
    const auto before = used_;
    const bool is_there = take(ignored);
    used_ = before;
    return is_there;
  }
  test_client& tcp() noexcept { return tcp_; }

 private:
  bool take(http_reply& r) {
    tcp_.receive();
    const auto text = std::string_view(tcp_.raw()).substr(used_);
    const auto end = text.find("\r\n\r\n");
    if (end == text.npos) return false;
    r.head = std::string(text.substr(0, end + 2));
    r.status = std::stoi(r.head.substr(9, 3));
    const auto at = r.head.find("Content-Length: ");
    const auto size = at == r.head.npos ? 0 : std::stoul(r.head.substr(at + 16));
    if (text.size() < end + 4 + size) return false;
    r.body = std::string(text.substr(end + 4, size));
    used_ += end + 4 + size;
    return true;
  }

  turner turn_;
  test_client tcp_;
  std::size_t used_ = 0;
};

}  // namespace pushmesh::net::test
