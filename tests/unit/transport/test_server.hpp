#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/transport/io_loop.hpp"
#include "net/transport/listener.hpp"
#include "tests/unit/transport/test_client.hpp"

namespace pushmesh::net::test {

/// Records what a connection calls; what it does beyond that is up to the test.
class session_probe final : public connection_handler {
 public:
  std::unique_ptr<connection> link;
  std::string sid;
  handshake about;
  std::vector<std::string> texts;
  std::vector<std::string> binaries;
  int writable_calls = 0;
  int closed_calls = 0;
  std::optional<close_reason> closed;
  std::function<void(session_probe&, std::string_view)> text_hook;
  std::function<void(session_probe&)> closed_hook;

  void send(std::string_view text, frame::meta about_it = {}) {
    link->send(make_frame(ws_opcode::text, {"4", text}, about_it));
  }

  void on_text(std::string_view text) override {
    texts.emplace_back(text);
    if (text_hook) text_hook(*this, text);
  }
  void on_binary(std::string_view bytes) override { binaries.emplace_back(bytes); }
  void on_writable() override { ++writable_calls; }
  void on_closed(close_reason reason) override {
    ++closed_calls;
    closed = reason;
    if (closed_hook) closed_hook(*this);
  }
};

/// A loop with a listener on a free loopback port, turned by hand on the test's thread.
class test_server {
 public:
  explicit test_server(transport_options o = {}, listener_role role = {},
                       std::size_t budget_limit = 1 << 30,
                       const std::function<void(loop_hooks&)>& adjust = {});
  ~test_server();

  /// Turns the loop until `done`; false when that takes more than 10 s.
  bool run_until(const std::function<bool()>& done);
  /// One turn that does not block. True while the loop has more to do.
  bool turn();
  /// Connects, upgrades and waits for the open packet; the probe of the new session is `last()`.
  std::unique_ptr<test_client> connect(int receive_buffer = 0);
  session_probe& last() { return *sessions.back(); }
  /// Waits until `client` received `n` frames.
  bool wait_frames(test_client& client, std::size_t n);
  bool wait_end(test_client& client);

  transport_options options;
  outbound_budget budget;
  std::function<void(session_probe&)> open_hook;
  std::vector<std::unique_ptr<session_probe>> sessions;
  std::vector<std::string> logged;
  io_loop loop;
  listener acceptor;
  std::uint16_t port = 0;
};

}  // namespace pushmesh::net::test
