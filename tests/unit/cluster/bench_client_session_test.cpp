#include "cluster/node/bench/client_session.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "net/protocol/websocket_frame.hpp"
#include "net/protocol/websocket_parser.hpp"

using namespace pushmesh::bench;
namespace net = pushmesh::net;

namespace {

constexpr std::string_view upgraded =
    "HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

std::string text_frame(std::string_view text) {
  return std::string(net::make_frame(net::ws_opcode::text, {text})->bytes());
}

const std::string opened = text_frame(
    R"(0{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000})");

// A session, what it told, and what it would have sent.
class probe : public session_events {
 public:
  explicit probe(std::string_view nsp = "/") : phrases(nsp, "/socket.io/") {}

  std::optional<failure> feed(std::string bytes) {
    return session.feed({bytes.data(), bytes.size()}, phrases, sent, *this);
  }
  // In pieces of `size` bytes.
  std::optional<failure> feed_in_pieces(std::string_view bytes, std::size_t size) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(size, bytes.size())))
      if (const auto wrong = feed(std::string(bytes.substr(0, size)))) return wrong;
    return std::nullopt;
  }
  probe& join() {
    const auto connected = phrases.in_packets.empty() ? R"(40{"sid":"s"})" : R"(40/n,{"sid":"s"})";
    REQUIRE_FALSE(feed(std::string(upgraded) + opened + text_frame(connected)));
    sent.clear();
    return *this;
  }
  // Takes what was sent, unmasked, each frame's opcode as a digit in front.
  std::vector<std::string> take_sent() {
    net::websocket_parser parser(net::ws_role::server, 1 << 20);
    std::span<char> rest(sent.data(), sent.size());
    std::vector<std::string> frames;
    for (;;) {
      const auto event = parser.next(rest);
      REQUIRE(event);
      if (!*event) break;
      const auto digit = std::to_string(static_cast<int>((*event)->kind));
      frames.push_back(digit + ":" + std::string((*event)->payload));
    }
    sent.clear();
    return frames;
  }

  void live() override { ++lives; }
  void stamped(const stamp& s, std::size_t) override { stamps.push_back(s); }
  void acked(std::uint64_t id) override { acks.push_back(id); }
  void pinged() override { ++pings; }
  void ack_asked() override { ++asked; }
  void other(std::size_t bytes) override { others.push_back(bytes); }
  void refused_with(int with) override { status = with; }

  client_phrases phrases;
  client_session session;
  std::string sent;
  int lives = 0, pings = 0, asked = 0, status = 0;
  std::vector<stamp> stamps;
  std::vector<std::uint64_t> acks;
  std::vector<std::size_t> others;
};

using texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a bench client joins its namespace and says so once") {
  probe p;
  CHECK_FALSE(p.feed(std::string(upgraded)));
  CHECK_FALSE(p.feed(opened));
  CHECK(p.take_sent() == texts{"1:40"});
  CHECK_FALSE(p.session.is_live());
  CHECK_FALSE(p.feed(text_frame(R"(40{"sid":"s"})")));
  CHECK(p.session.is_live());
  CHECK(p.lives == 1);
}

TEST_CASE("a bench client understands every way a handshake may be cut in pieces") {
  const auto all = std::string(upgraded) + opened + text_frame(R"(40/n,{"sid":"s"})") +
                   text_frame(R"(42/n,["bench",5,1,"pad"])");
  for (std::size_t size = 1; size <= all.size(); ++size) {
    probe p("/n");
    CAPTURE(size);
    CHECK_FALSE(p.feed_in_pieces(all, size));
    CHECK(p.take_sent() == texts{"1:40/n,"});
    CHECK(p.lives == 1);
    REQUIRE(p.stamps.size() == 1);
    CHECK(p.stamps[0].sent_us == 5);
    CHECK(p.stamps[0].seq == 1);
  }
}

TEST_CASE("a stamped broadcast of any length is read, whole or in pieces") {
  for (const std::size_t size : {0, 80, 125, 200, 65'500, 65'536, 200'000}) {
    const auto frame = text_frame(R"(42["bench",123456789,77,")" + std::string(size, 'x') + "\"]");
    for (const std::size_t piece : {frame.size(), std::size_t{1'000}, std::size_t{7}}) {
      probe p;
      p.join();
      CAPTURE(size);
      CHECK_FALSE(p.feed_in_pieces(frame + frame, piece));
      REQUIRE(p.stamps.size() == 2);
      CHECK(p.stamps[1].sent_us == 123456789);
      CHECK(p.stamps[1].seq == 77);
    }
  }
}

TEST_CASE("a fragmented broadcast with a ping between its pieces is read") {
  probe p;
  p.join();
  const std::string text = R"(42["bench",9,3,"ab"])";
  std::string bytes;
  bytes += "\x01\x0a" + text.substr(0, 10);
  bytes += std::string("\x89\x02hi");
  bytes += "\x80\x0a" + text.substr(10);
  CHECK_FALSE(p.feed(bytes));
  REQUIRE(p.stamps.size() == 1);
  CHECK(p.stamps[0].seq == 3);
  CHECK(p.take_sent() == texts{"10:hi"});
}

TEST_CASE("a bench client answers Engine.IO pings with their data") {
  probe p;
  p.join();
  CHECK_FALSE(p.feed(text_frame("2") + text_frame("2probe")));
  CHECK(p.take_sent() == texts{"1:3", "1:3probe"});
  CHECK(p.pings == 2);
}

TEST_CASE("a bench client answers events that ask for an ack") {
  probe p("/n");
  p.join();
  CHECK_FALSE(
      p.feed(text_frame(R"(42/n,13["question",1])") + text_frame(R"(42/n,14["bench",8,2,"x"])")));
  CHECK(p.take_sent() == texts{"1:43/n,13[]", "1:43/n,14[]"});
  CHECK(p.asked == 2);
  CHECK(p.others.size() == 1);
  REQUIRE(p.stamps.size() == 1);
  CHECK(p.stamps[0].seq == 2);
}

TEST_CASE("acks are told with their id and other events are counted") {
  probe p;
  p.join();
  CHECK_FALSE(p.feed(text_frame("4312[1]") + text_frame(R"(42["auth",{}])") +
                     text_frame(R"(42["bench",1])") + text_frame(R"(42["bench","x",1,""])")));
  CHECK(p.acks == std::vector<std::uint64_t>{12});
  CHECK(p.others.size() == 3);
  CHECK(p.stamps.empty());
}

TEST_CASE("blanks in a stamped broadcast do no harm") {
  probe p;
  p.join();
  CHECK_FALSE(p.feed(text_frame(R"(42[ "bench" , 4 , 5 , "x" ])")));
  REQUIRE(p.stamps.size() == 1);
  CHECK(p.stamps[0].seq == 5);
}

TEST_CASE("each way a server ends a bench client has its cause") {
  const auto after_join = [](const std::string& bytes) {
    probe p;
    return p.join().feed(bytes);
  };
  CHECK(after_join(text_frame("1")) == failure::disconnected);
  CHECK(after_join(text_frame("41")) == failure::disconnected);
  CHECK(after_join(std::string("\x88\x00", 2)) == failure::closed);
  CHECK(after_join(std::string("\x83\x00", 2)) == failure::bad_frame);
  CHECK(after_join(std::string("\x81\x80", 2)) == failure::bad_frame);
  CHECK(after_join(text_frame("x")) == failure::bad_packet);
  CHECK(after_join(text_frame("42{}")) == failure::bad_packet);
  CHECK(after_join(text_frame(R"(42/else,["a"])")) == failure::bad_packet);
  CHECK(after_join(text_frame(R"(40{"sid":"again"})")) == failure::bad_packet);

  probe refused;
  CHECK(refused.feed(std::string(upgraded) + opened +
                     text_frame(R"(44{"message":"Invalid namespace"})")) ==
        failure::namespace_refused);
}

TEST_CASE("a refused upgrade is told with its HTTP status") {
  probe p;
  CHECK(p.feed_in_pieces("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n\r\nbusy", 5) ==
        failure::http_status);
  CHECK(p.status == 503);
}

TEST_CASE("what is no WebSocket handshake is refused") {
  CHECK(probe().feed("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n") ==
        failure::bad_upgrade);
  CHECK(probe().feed("SSH-2.0-OpenSSH\r\n\r\n") == failure::bad_upgrade);
  CHECK(probe().feed_in_pieces(std::string(20'000, 'x'), 1'000) == failure::bad_upgrade);
}

TEST_CASE("the request of a bench client is what a browser sends") {
  const client_phrases plain("/", "/socket.io/");
  CHECK(plain.upgrade_request("h:1").starts_with(
      "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: h:1\r\n"));
  const client_phrases with_query("/", "/socket.io/?token=a");
  CHECK(with_query.upgrade_request("h:1").starts_with(
      "GET /socket.io/?token=a&EIO=4&transport=websocket HTTP/1.1\r\n"));
}
