// The core rows of the conformance app with Boost.Beast's WebSocket client, the packets written by
// hand. Prints a line per check, `ok NAME` or `not ok NAME: why`, and exits with 1 when one failed.
// Usage: beast_client HOST PORT
#include <unistd.h>

#include <cstdint>
#include <exception>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using boost::system::error_code;
using tcp = asio::ip::tcp;

/// Seconds without progress after which SIGALRM ends the program: all calls block.
constexpr unsigned patience = 20;

struct endpoint {
  std::string host, port;
};

void expect(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error(what);
}

void expect_equal(const std::string& got, const std::string& wanted) {
  expect(got == wanted, "got " + got.substr(0, 200) + ", wanted " + wanted.substr(0, 200));
}

/// One connection, Engine.IO pings answered.
class client {
 public:
  explicit client(const endpoint& to) {
    asio::connect(ws_.next_layer(), tcp::resolver(io_).resolve(to.host, to.port));
    ws_.handshake(to.host + ":" + to.port, "/socket.io/?EIO=4&transport=websocket");
    ws_.read_message_max(4'000'000);
    open_ = read();
  }

  /// Joins a namespace; `prefix` is empty for "/", else the name and a comma.
  client& join(const std::string& prefix = "", const std::string& auth = "") {
    write("40" + prefix + auth);
    auto const answer = read();
    auto const head = "40" + prefix + R"({"sid":")";
    expect(answer.starts_with(head) && answer.ends_with("\"}"), "CONNECT answered by " + answer);
    id_ = answer.substr(head.size(), 20);
    expect_equal(read(), "42" + prefix + R"(["auth",)" + (auth.empty() ? "{}" : auth) + "]");
    return *this;
  }

  void write(const std::string& text) {
    ws_.text(true);
    ws_.write(asio::buffer(text));
  }

  /// The next packet that is no ping.
  std::string read() {
    for (;;) {
      auto text = read_any();
      if (text != "2") return text;
      write("3");
    }
  }

  std::string read_any() {
    beast::flat_buffer buffer;
    ws_.read(buffer);
    return beast::buffers_to_string(buffer.data());
  }

  void exchange(const std::string& sent, const std::string& wanted) {
    write(sent);
    expect_equal(read(), wanted);
  }

  /// Reads until the server closes; the code of its Close frame.
  std::uint16_t closing_code() {
    beast::flat_buffer buffer;
    error_code failure;
    while (!failure) ws_.read(buffer, failure);
    expect(failure == websocket::error::closed, "ended by " + failure.message());
    return ws_.reason().code;
  }

  const std::string& id() const { return id_; }
  const std::string& open() const { return open_; }
  websocket::stream<tcp::socket>& stream() { return ws_; }

 private:
  asio::io_context io_;
  websocket::stream<tcp::socket> ws_{io_};
  std::string open_, id_;
};

void opening(const endpoint& to) {
  client c(to);
  expect(c.open().starts_with(R"(0{"sid":")"), c.open());
  auto const rest = c.open().substr(std::string(R"(0{"sid":"")").size() + 20);
  expect_equal(rest,
               R"(,"upgrades":[],"pingInterval":3000,"pingTimeout":3000,"maxPayload":1000000})");
}

void messages(const endpoint& to) {
  client c(to);
  c.join("", R"({"who":["beast"]})");
  c.exchange(R"(42["message",1,"a\u001e",{"b":[null]}])",
             R"(42["message-back",1,"a\u001e",{"b":[null]}])");
  c.exchange("42[\"message\",\"\xf0\x9f\x98\x80\"]", "42[\"message-back\",\"\xf0\x9f\x98\x80\"]");
  c.exchange(R"(4213["message-with-ack",1,2])", "4313[1,2]");
  c.exchange(R"(420["echo"])", "430[]");
}

void namespaces(const endpoint& to) {
  client c(to);
  c.join("/custom,");
  c.exchange(R"(42/custom,7["echo","x"])", R"(43/custom,7["x"])");
  c.join("/dyn-31,");
  c.exchange(R"(42/dyn-31,8["count"])", "43/dyn-31,8[1]");
  c.exchange("40/random,", R"(44/random,{"message":"Invalid namespace"})");
  c.exchange("40/auth,", R"(44/auth,{"message":"not authorized","data":{"code":401}})");
  c.join("/auth,", R"({"token":"secret"})");
  c.write("41/custom,");
  c.join();
}

void emits(const endpoint& to) {
  client a(to), b(to);
  a.join("/dyn-32,");
  b.join("/dyn-32,");
  b.exchange(R"(42/dyn-32,1["join","r"])", R"(43/dyn-32,1["ok"])");
  a.exchange(R"(42/dyn-32,1["emit-to","r","hello",1])", R"(43/dyn-32,1["ok"])");
  expect_equal(b.read(), R"(42/dyn-32,["hello",1])");
  a.exchange(R"(42/dyn-32,2["broadcast","hello",2])", R"(43/dyn-32,2["ok"])");
  expect_equal(b.read(), R"(42/dyn-32,["hello",2])");
  b.write(R"(42/dyn-32,["emit-to",")" + a.id() + R"(","hello",3])");
  expect_equal(a.read(), R"(42/dyn-32,["hello",3])");
  a.exchange(R"(42/dyn-32,3["fetch","r"])",
             R"(43/dyn-32,3[[{"id":")" + b.id() + R"(","rooms":[")" + b.id() + R"(","r"]}]])");
}

void questions(const endpoint& to) {
  client c(to);
  c.join("/dyn-33,");
  c.write(R"(42/dyn-33,5["ask-me",{"x":1}])");
  auto question = c.read();
  expect(question.starts_with("42/dyn-33,") && question.ends_with(R"(["question",{"x":1}])"),
         question);
  auto const id = question.substr(10, question.find('[') - 10);
  c.exchange("43/dyn-33," + id + R"(["a",2])", R"(43/dyn-33,5[["a",2]])");
  c.write(R"(42/dyn-33,6["ask-room",")" + c.id() + R"(",50,1])");
  c.read();
  expect_equal(c.read(), R"(43/dyn-33,6[{"ok":false,"replies":[]}])");
}

void large_messages(const endpoint& to) {
  client c(to);
  c.join();
  auto const text = std::string(900 * 1024, 'x');
  c.exchange(R"(421["echo",")" + text + "\"]", R"(431[")" + text + "\"]");
  c.stream().auto_fragment(true);
  c.stream().write_buffer_bytes(1000);
  c.exchange(R"(422["echo",")" + text + "\"]", R"(432[")" + text + "\"]");
}

void control_frames(const endpoint& to) {
  client c(to);
  c.join();
  std::string pong;
  c.stream().control_callback([&](websocket::frame_type kind, beast::string_view payload) {
    if (kind == websocket::frame_type::pong) pong = std::string(payload);
  });
  c.stream().ping("are you there");
  c.exchange(R"(421["echo",1])", "431[1]");
  expect_equal(pong, "are you there");
}

void heartbeat(const endpoint& to) {
  client c(to);
  c.join();
  expect_equal(c.read_any(), "2");
  c.write("3");
  c.exchange(R"(421["echo",1])", "431[1]");
}

/// The official server sends a Close frame without a code.
void expect_normal_close(client& c) {
  auto const code = c.closing_code();
  expect(code == websocket::close_code::normal || code == websocket::close_code::none,
         "closed with " + std::to_string(code));
}

void disconnects(const endpoint& to) {
  client a(to);
  a.join().exchange(R"(42["disconnect-me",true])", "41");
  expect_normal_close(a);
  client b(to);
  b.join().write(R"(42["drop-me"])");
  expect_normal_close(b);
}

void own_close(const endpoint& to) {
  client c(to);
  c.join();
  error_code failure;
  c.stream().close(websocket::close_reason(websocket::close_code::normal, "bye"), failure);
  expect(!failure, failure.message());
}

void expect_code(const endpoint& to, const std::string& text, std::uint16_t wanted) {
  client c(to);
  c.join().write(text);
  auto const code = c.closing_code();
  expect(code == wanted, "closed with " + std::to_string(code));
}

void refusals(const endpoint& to) {
  expect_code(to, "42[\"message\",\"\xff\"]", 1007);
  expect_code(to, R"(42["message",")" + std::string(1'000'000, 'x') + "\"]", 1009);
}

int run(const std::vector<std::pair<std::string, std::function<void(const endpoint&)>>>& checks,
        const endpoint& to) {
  int failed = 0;
  for (auto const& [name, check] : checks) try {
      ::alarm(patience);
      check(to);
      std::cout << "ok " << name << std::endl;
    } catch (const std::exception& e) {
      ++failed;
      std::cout << "not ok " << name << ": " << e.what() << std::endl;
    }
  return failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: beast_client HOST PORT\n";
    return 64;
  }
  return run({{"the open packet", opening},
              {"messages and acks", messages},
              {"namespaces", namespaces},
              {"emits to others", emits},
              {"questions of the server", questions},
              {"large and fragmented messages", large_messages},
              {"a WebSocket ping is answered with its payload", control_frames},
              {"heartbeat", heartbeat},
              {"disconnects by the server", disconnects},
              {"a close by the client is answered", own_close},
              {"close codes of refused messages", refusals}},
             {argv[1], argv[2]});
}
