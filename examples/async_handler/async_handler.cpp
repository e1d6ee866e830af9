// Answers that take time. Handlers run on the threads that serve all connections: what blocks goes
// to a pool, and the answer comes from there. Two ways: a callback, and a coroutine over
// Boost.Asio.
#include <chrono>
#include <exception>
#include <iostream>
#include <string>
#include <thread>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <pushmesh/asio.hpp>
#include <pushmesh/server.hpp>

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

/// Stands for a query to a database.
std::string slow_lookup(const std::string& key) {
  std::this_thread::sleep_for(200ms);
  return "value of " + key;
}

/// `lookup` key: answers later, and tells the socket itself what was asked. Of all that belongs to
/// the event only the answer is taken along, and of the socket only a reference that does not keep
/// it.
void lookup(asio::thread_pool& pool, pushmesh::socket& socket, pushmesh::event& event) {
  asio::post(pool, [key = event.get<std::string>(0), self = socket.ref(), ack = event.take_ack()] {
    ack(slow_lookup(key));
    self.post([key](pushmesh::socket& back) { back.emit("looked-up", key); });
  });
}

/// Asks everybody in the room, works on the replies, answers the one who asked.
asio::awaitable<void> hold_vote(pushmesh::target voters, std::string question, pushmesh::ack ack) {
  auto ballot = voters.emit_with_ack("vote", question);
  const auto result =
      co_await pushmesh::async_emit_with_ack(ballot.timeout(2s), asio::use_awaitable);
  int yes = 0;
  for (const auto& reply : result.acked)
    if (pushmesh::try_from_json<bool>(reply.raw()).value_or(false)) ++yes;
  ack(yes, result.acked.size(), slow_lookup(question));  // blocks: this runs on the pool
}

void vote(asio::thread_pool& pool, pushmesh::socket& socket, pushmesh::event& event) {
  auto voters = socket.of().to(event.get<std::string>(0));
  asio::co_spawn(pool, hold_vote(voters, event.get<std::string>(1), event.take_ack()),
                 asio::detached);
}

}  // namespace

int main(int argc, char** argv) try {
  // First in, last out: the server's last handlers may still post to the pool.
  asio::thread_pool pool(4);
  pushmesh::server node({.listen = argc > 1 ? argv[1] : "127.0.0.1:3000"});
  node.on("join", [](pushmesh::socket& socket, pushmesh::event& event) {
    socket.join(event.get<std::string>(0));
    event.ack("ok");
  });
  node.on("lookup", [&pool](auto& socket, auto& event) { lookup(pool, socket, event); });
  node.on("vote", [&pool](auto& socket, auto& event) { vote(pool, socket, event); });
  node.run([&node] { std::cout << "listening on http://127.0.0.1:" << node.port() << std::endl; });
  pool.join();
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
