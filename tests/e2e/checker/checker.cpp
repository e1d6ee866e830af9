// Checks the order of deliveries with many connections: a unicast sent after a broadcast arrives
// after it at every socket, and joins and leaves during broadcasts neither lose nor double a
// message. Prints a line per check, `ok NAME` or `not ok NAME: why`, and exits with 1 when one
// failed. Usage: checker HOST PORT SOCKETS ROUNDS
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <deque>
#include <exception>
#include <functional>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using boost::system::error_code;
using tcp = asio::ip::tcp;

/// What a phase may take: something is lost when it takes longer.
constexpr auto patience = std::chrono::seconds(100);
/// Connections that are being opened at the same time.
constexpr std::size_t opening_at_once = 64;

void expect(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error(what);
}

/// One joined socket. Text messages but pings go to `on_text` ("2[...]" onwards: without the 4).
class peer {
 public:
  peer(asio::io_context& io, std::size_t index) : index(index), ws_(io) {}

  void open(const tcp::endpoint& to, std::function<void()> joined) {
    joined_ = std::move(joined);
    ws_.next_layer().async_connect(to, [this](error_code e) {
      check(e, "connect");
      ws_.next_layer().set_option(tcp::no_delay(true));
      ws_.async_handshake("localhost", "/socket.io/?EIO=4&transport=websocket",
                          [this](error_code e2) {
                            check(e2, "handshake");
                            send("40");
                            read();
                          });
    });
  }

  void send(std::string text) {
    out_.push_back(std::move(text));
    if (out_.size() == 1) write();
  }

  /// `42["emit-to","<room>","<event>",<number>]`, answered when `ack` is not empty.
  void emit_to(const std::string& room, const std::string& event, std::size_t number,
               const std::string& ack = "") {
    send("42" + ack + R"(["emit-to",")" + room + "\",\"" + event + "\"," + std::to_string(number) +
         "]");
  }

  const std::size_t index;
  std::string id;
  std::function<void(peer&, std::string_view)> on_text;
  // What the checks keep per socket.
  std::size_t last = 0;  ///< number of the last broadcast that came
  std::size_t unicasts = 0;
  std::size_t received = 0;    ///< messages of the current membership
  std::size_t must_begin = 0;  ///< newest number the first of them may have; 0: not joined
  std::size_t memberships = 0;
  bool member = false, leaving = false;

 private:
  void check(error_code e, const char* what) const {
    expect(!e, "socket " + std::to_string(index) + ": " + what + ": " + e.message());
  }

  void read() {
    ws_.async_read(buffer_, [this](error_code e, std::size_t) {
      check(e, "read");
      auto const data = buffer_.data();
      take({static_cast<const char*>(data.data()), data.size()});
      buffer_.consume(buffer_.size());
      read();
    });
  }

  void take(std::string_view text) {
    if (text == "2") return send("3");
    if (text.starts_with(R"(40{"sid":")")) id = text.substr(10, 20);
    if (text.starts_with(R"(42["auth")")) return joined_();
    if (text.starts_with('4') && on_text) on_text(*this, text.substr(1));
  }

  void write() {
    ws_.async_write(asio::buffer(out_.front()), [this](error_code e, std::size_t) {
      check(e, "write");
      out_.pop_front();
      if (!out_.empty()) write();
    });
  }

  websocket::stream<tcp::socket, false> ws_;
  beast::flat_buffer buffer_;
  std::deque<std::string> out_;
  std::function<void()> joined_;
};

/// The number in `2["<event>",<number>]`; nullopt-like false when it is another event.
bool number_of(std::string_view text, std::string_view event, std::size_t& number) {
  auto const head = "2[\"" + std::string(event) + "\",";
  if (!text.starts_with(head)) return false;
  number = std::strtoul(text.data() + head.size(), nullptr, 10);
  return true;
}

class crowd {
 public:
  crowd(tcp::endpoint to, std::size_t size) : to_(std::move(to)) {
    for (std::size_t i = 0; i < size; ++i) peers_.push_back(std::make_unique<peer>(io_, i));
  }

  std::vector<std::unique_ptr<peer>>& peers() { return peers_; }
  peer& operator[](std::size_t index) { return *peers_[index]; }

  void open_all() {
    for (std::size_t i = 0; i < opening_at_once; ++i) open_next();
    run_until([this] { return open_ == peers_.size(); });
  }

  void listen(const std::function<void(peer&, std::string_view)>& f) {
    for (auto& p : peers_) p->on_text = f;
  }

  template <class F>
  void run_until(F done) {
    auto const deadline = std::chrono::steady_clock::now() + patience;
    while (!done()) {
      expect(std::chrono::steady_clock::now() < deadline, "something did not arrive in time");
      io_.run_one_for(std::chrono::seconds(1));
    }
  }

 private:
  void open_next() {
    if (started_ == peers_.size()) return;
    peers_[started_++]->open(to_, [this] {
      ++open_;
      open_next();
    });
  }

  asio::io_context io_;
  tcp::endpoint to_;
  std::vector<std::unique_ptr<peer>> peers_;
  std::size_t started_ = 0, open_ = 0;
};

/// Socket 0 sends a broadcast and at once a unicast to each of the others, ROUNDS times.
void unicast_after_broadcast(crowd& all, std::size_t rounds) {
  std::size_t complete = 0;
  all.listen([&](peer& p, std::string_view text) {
    auto const who = "socket " + std::to_string(p.index) + ": ";
    std::size_t number = 0;
    if (number_of(text, "broadcast", number)) {
      expect(number == p.last + 1,
             who + "broadcast " + std::to_string(number) + " after " + std::to_string(p.last));
      p.last = number;
    } else if (number_of(text, "unicast", number)) {
      expect(number == ++p.unicasts, who + "a unicast is lost or doubled");
      expect(p.last >= number, who + "unicast " + std::to_string(number) + " before its broadcast");
      if (number == rounds) ++complete;
    }
  });
  auto& sender = all[0];
  for (std::size_t round = 1; round <= rounds; ++round) {
    sender.send(R"(42["broadcast","broadcast",)" + std::to_string(round) + "]");
    for (auto const& p : all.peers())
      if (p->index != 0) sender.emit_to(p->id, "unicast", round);
  }
  all.run_until([&] { return complete == all.peers().size() - 1; });
  for (auto const& p : all.peers())
    expect(p->index == 0 || p->last == rounds,
           "socket " + std::to_string(p->index) + " missed one");
}

/// Socket 0 counts in a room. Of the others every second one stays in it, the rest come and go.
/// What a socket gets between join and leave has no gap and no double, begins at the latest with
/// the first number sent after its join was answered, and nothing comes after its leave was
/// answered.
class moving_room {
 public:
  moving_room(crowd& all, std::size_t messages) : all_(all), messages_(messages) {}

  void run() {
    all_.listen([this](peer& p, std::string_view text) { take(p, text); });
    for (auto const& p : all_.peers()) {
      p->last = p->received = 0;
      if (p->index != 0) join(*p);
    }
    all_.run_until([this] { return joined_ == all_.peers().size() - 1; });
    send_next();
    all_.run_until([this] { return sent_ == messages_ && acked_ == messages_; });
    all_.run_until([this] { return members_complete(); });
    expect(moves_ > all_.peers().size() / 2, "only " + std::to_string(moves_) + " moves happened");
    std::cout << "moves during " << messages_ << " messages: " << moves_ << std::endl;
  }

 private:
  static bool stays(const peer& p) { return p.index % 2 == 1; }

  static void join(peer& p) {
    p.member = true;
    p.leaving = false;
    p.received = 0;
    p.must_begin = 0;
    p.send(R"(421["join","moving"])");
  }

  void take(peer& p, std::string_view text) {
    std::size_t number = 0;
    if (number_of(text, "count", number)) return counted(p, number);
    if (text.starts_with("31[")) return now_in(p);
    if (text.starts_with("32[")) return now_out(p);
    if (text.starts_with("34[") && sent_ < messages_) return join(p);
    if (text.starts_with("33[")) {
      ++acked_;
      send_next();
    }
  }

  void counted(peer& p, std::size_t number) {
    auto const what = "socket " + std::to_string(p.index) + ": " + std::to_string(number);
    expect(p.member, what + " came after its leave was answered");
    if (p.received++ == 0)
      expect(p.must_begin == 0 || number <= p.must_begin,
             what + " is the first, " + std::to_string(p.must_begin) + " is lost");
    else
      expect(number == p.last + 1, what + " after " + std::to_string(p.last));
    p.last = number;
    // Leaves after some numbers, different for each, so that moves fall into flushes everywhere.
    if (stays(p) || p.received != 1 + p.index % 3 || sent_ == messages_) return;
    p.leaving = true;
    p.send(R"(422["leave","moving"])");
  }

  void now_in(peer& p) {
    if (p.received == 0) p.must_begin = sent_ + 1;
    if (p.memberships++ == 0) ++joined_;
  }

  void now_out(peer& p) {
    p.member = false;
    ++moves_;
    // Stays out for a while: nothing may come now.
    p.send(R"(424["echo"])");
  }

  /// A few messages are always under way.
  void send_next() {
    while (sent_ < messages_ && sent_ < acked_ + 4)
      all_[0].emit_to("moving", "count", ++sent_, "3");
  }

  /// Who is in the room got the last message, stayers all of them.
  bool members_complete() {
    for (auto const& p : all_.peers()) {
      if (p->index == 0 || !p->member || p->leaving) continue;
      auto const joined_late = p->received == 0 && p->must_begin > messages_;
      if (!joined_late && (p->received == 0 || p->last != messages_)) return false;
      if (stays(*p) && p->received != messages_) return false;
    }
    return true;
  }

  crowd& all_;
  std::size_t messages_, sent_ = 0, acked_ = 0, joined_ = 0, moves_ = 0;
};

int report(const std::string& name, const std::function<void()>& check) {
  try {
    check();
    std::cout << "ok " << name << std::endl;
    return 0;
  } catch (const std::exception& e) {
    std::cout << "not ok " << name << ": " << e.what() << std::endl;
    return 1;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: checker HOST PORT SOCKETS ROUNDS\n";
    return 64;
  }
  auto const port = static_cast<unsigned short>(std::stoi(argv[2]));
  auto const rounds = std::stoul(argv[4]);
  crowd all(tcp::endpoint(asio::ip::make_address(argv[1]), port), std::stoul(argv[3]));
  if (report("all sockets connect", [&] { all.open_all(); }) != 0) return 1;
  auto failed = report("a unicast after a broadcast arrives after it at every socket",
                       [&] { unicast_after_broadcast(all, rounds); });
  failed += report("joins and leaves during broadcasts neither lose nor double",
                   [&] { moving_room(all, rounds * 10).run(); });
  return failed == 0 ? 0 : 1;
}
