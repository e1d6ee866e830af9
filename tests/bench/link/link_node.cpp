// A node for tests/bench/link.mjs: what the conformance app does not do, on the public API.
//
//   flood ROOM SECONDS -> {accepted, seconds}   emits 200 B to ROOM as fast as the link takes it,
//   as a server that
//                                               hands on what a client sent: the arguments are JSON
//                                               already
//   hold FIRST COUNT -> milliseconds            joins so many rooms from number FIRST on; answered
//   once
//                                               all peers know
//   figures -> {at, emits, rooms, roomBytes, batches}   what /metrics says, and the clock
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <pushmesh/server.hpp>

namespace {

using namespace pushmesh;
using clock_type = std::chrono::steady_clock;

constexpr int emits_per_turn = 512;
constexpr std::uint32_t joins_per_turn = 1000;

double seconds_since(clock_type::time_point t) {
  return std::chrono::duration<double>(clock_type::now() - t).count();
}

struct flood_result {
  std::uint64_t accepted = 0;
  double seconds = 0;
};
template <class Fields>
void json_fields(Fields& f, flood_result& r) {
  f("accepted", r.accepted);
  f("seconds", r.seconds);
}

struct figures {
  double at = 0;
  std::int64_t emits = 0;
  std::uint64_t rooms = 0, roomBytes = 0, batches = 0;
};
template <class Fields>
void json_fields(Fields& f, figures& r) {
  f("at", r.at);
  f("emits", r.emits);
  f("rooms", r.rooms);
  f("roomBytes", r.roomBytes);
  f("batches", r.batches);
}

/// Runs on the shard of the socket that asked, a slice per job, so that the shard does the rest of
/// its work in between.
struct flood {
  target to;
  ack answer;
  clock_type::time_point until;
  clock_type::time_point began = clock_type::now();
  payload args{'"' + std::string(198, 'x') + '"'};
  flood_result result{};

  static void turn(const std::shared_ptr<flood>& f, socket& s) {
    bool full = false;
    for (int i = 0; i < emits_per_turn && !full; ++i) {
      full = !f->to.emit_json("m", f->args).complete();
      if (!full) ++f->result.accepted;
    }
    if (clock_type::now() >= f->until) {
      f->result.seconds = seconds_since(f->began);
      f->answer(f->result);
      return;
    }
    // The link's queue is full: it takes milliseconds to empty it.
    if (full) std::this_thread::sleep_for(std::chrono::microseconds(500));
    s.ref().post([f](socket& self) { turn(f, self); });
  }
};

void hold(socket& s, std::uint32_t next, std::uint32_t past, clock_type::time_point began,
          const ack& answer) {
  const auto end = std::min(past, next + joins_per_turn);
  for (; next < end; ++next) {
    const auto room = "a room of usual length " + std::to_string(next);
    if (next + 1 < past)
      s.join(room);
    else
      s.join(room, [answer, began] { answer(1000 * seconds_since(began)); });
  }
  if (next < past) s.ref().post([=](socket& self) { hold(self, next, past, began, answer); });
}

figures figures_of(const server& node) {
  figures f;
  f.at = std::chrono::duration<double>(clock_type::now().time_since_epoch()).count();
  f.emits = node.stats().emits;
  if (const auto c = node.cluster()) {
    f.rooms = c->remote_rooms;
    f.roomBytes = c->remote_rooms_bytes;
    for (const auto& p : c->peers) f.batches += p.batches_in;
  }
  return f;
}

void add_handlers(server& node) {
  node.on("flood", [](socket& s, event& e) {
    const auto seconds = std::chrono::duration<double>(e.get<double>(1));
    auto f = std::make_shared<flood>(flood{
        .to = s.of().to(e.get<std::string>(0)),
        .answer = e.take_ack(),
        .until = clock_type::now() + std::chrono::duration_cast<clock_type::duration>(seconds)});
    s.ref().post([f](socket& self) { flood::turn(f, self); });
  });
  node.on("hold", [](socket& s, event& e) {
    const auto first = e.get<std::uint32_t>(0);
    hold(s, first, first + e.get<std::uint32_t>(1), clock_type::now(), e.take_ack());
  });
  node.on("figures", [&node](socket&, event& e) { e.ack(figures_of(node)); });
}

server_options parse(const std::vector<std::string>& words) {
  server_options o;
  o.actors.log = [](int, std::string_view line) { std::cerr << std::string(line) + '\n'; };
  if (words.size() % 2 != 0) throw std::invalid_argument("options are pairs: --NAME VALUE");
  for (std::size_t i = 0; i < words.size(); i += 2) {
    const auto &flag = words[i], &value = words[i + 1];
    if (flag == "--listen")
      o.listen = value;
    else if (flag == "--shards")
      o.shards = static_cast<unsigned>(std::stoul(value));
    else if (flag == "--name")
      o.name = value;
    else if (flag == "--cluster-listen")
      o.cluster.listen = value;
    else if (flag == "--peer")
      o.cluster.peers.push_back(value);
    else if (flag == "--cluster-cert")
      o.cluster.cert = value;
    else if (flag == "--cluster-key")
      o.cluster.key = value;
    else if (flag == "--cluster-ca")
      o.cluster.ca = value;
    else
      throw std::invalid_argument(flag + " is no option of this program");
  }
  return o;
}

}  // namespace

int main(int argc, char** argv) try {
  server node(parse({argv + 1, argv + argc}));
  add_handlers(node);
  node.run([&] {
    const auto& listen = node.options().listen;
    std::cout << "listening on " << listen.substr(0, listen.rfind(':')) << ':' << node.port()
              << std::endl;
  });
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
