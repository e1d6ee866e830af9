#include "tests/unit/transport/test_server.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <stdexcept>

namespace pushmesh::net::test {

using namespace std::chrono_literals;

namespace {

loop_hooks hooks_of(test_server& server) {
  loop_hooks hooks;
  hooks.new_session_id = [n = 0]() mutable {
    std::array<char, 20> id;
    id.fill('s');
    const auto digits = std::to_string(++n);
    std::copy(digits.begin(), digits.end(), id.begin());
    return id;
  };
  hooks.on_session = [&server](std::unique_ptr<connection> link, std::string_view sid,
                               handshake&& about, const engineio_request&) -> connection_handler& {
    auto probe = std::make_unique<session_probe>();
    probe->link = std::move(link);
    probe->sid = sid;
    probe->about = std::move(about);
    auto& handler = *probe;
    server.sessions.push_back(std::move(probe));
    if (server.open_hook) server.open_hook(handler);
    return handler;
  };
  hooks.log = [&server](std::string_view s) { server.logged.emplace_back(s); };
  return hooks;
}

loop_hooks adjusted(loop_hooks hooks, const std::function<void(loop_hooks&)>& adjust) {
  if (adjust) adjust(hooks);
  return hooks;
}

}  // namespace

test_server::test_server(transport_options o, listener_role role, std::size_t budget_limit,
                         const std::function<void(loop_hooks&)>& adjust)
    : options(std::move(o)),
      budget(budget_limit),
      loop(options, budget, adjusted(hooks_of(*this), adjust)),
      acceptor(loop, std::move(role)) {
  const auto opened = acceptor.open("127.0.0.1", 0, false);
  if (!opened) throw std::runtime_error(opened.error());
  port = *opened;
}

test_server::~test_server() {
  sessions.clear();
}

bool test_server::turn() {
  loop.begin_turn();
  loop.context().restart();
  for (int n = 0; n < 256 && loop.context().poll_one() > 0;) ++n;
  return loop.finish_turn();
}

bool test_server::run_until(const std::function<bool()>& done) {
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  bool busy = true;
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    loop.begin_turn();
    loop.context().restart();
    if (!busy && loop.context().run_one_for(1ms) > 0) loop.begin_turn();
    for (int n = 0; n < 256 && loop.context().poll_one() > 0;) ++n;
    busy = loop.finish_turn();
  }
  return true;
}

std::unique_ptr<test_client> test_server::connect(int receive_buffer) {
  auto client = std::make_unique<test_client>(port, receive_buffer);
  client->send(upgrade_request());
  client->expect_frames();
  if (!wait_frames(*client, 1)) throw std::runtime_error("no open packet");
  client->frames().clear();
  return client;
}

bool test_server::wait_frames(test_client& client, std::size_t n) {
  return run_until([&] {
    client.receive();
    return client.frames().size() >= n;
  });
}

bool test_server::wait_end(test_client& client) {
  return run_until([&] {
    client.receive();
    return client.ended();
  });
}

}  // namespace pushmesh::net::test
