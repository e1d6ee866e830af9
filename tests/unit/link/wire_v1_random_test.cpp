// Random items: what is written is read, cut bytes are refused, and bytes that are read are those
// that would be written.

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cluster/link/wire_v1.hpp"
#include "tests/unit/link/wire_v1_bytes.hpp"

using namespace pushmesh::cluster::wire_v1;
using pushmesh::socket_id;
using pushmesh::cluster::interest_change;

namespace {

/// Values for one item; they live until the next.
class random_values {
 public:
  explicit random_values(std::uint32_t seed) : random_(seed) {}

  std::uint64_t number(std::uint64_t max) {
    return std::uniform_int_distribution<std::uint64_t>(0, max)(random_);
  }
  /// Of any size, small ones as often as large ones.
  std::uint64_t any() { return number(UINT64_MAX) >> number(63); }
  bool flag() { return number(1) == 1; }
  std::string text() {
    std::string s(flag() ? number(8) : number(200), '\0');
    for (auto& c : s) c = static_cast<char>(number(255));
    return s;
  }
  socket_id id() {
    std::string s(20, 'A');
    for (auto& c : s) c = "abcXYZ019-_"[number(10)];
    return *socket_id::parse(s);
  }
  std::vector<std::string> texts() {
    std::vector<std::string> v(number(4));
    for (auto& s : v) s = text();
    return v;
  }
  std::vector<socket_id> ids() {
    std::vector<socket_id> v(number(3));
    for (auto& i : v) i = id();
    return v;
  }

 private:
  std::mt19937 random_;
};

struct owned_emit {
  bool everybody, is_volatile;
  std::string nsp, event, args;
  std::vector<std::string> rooms, except;
  std::optional<ack_request> ack;

  explicit owned_emit(random_values& r)
      : everybody(r.flag()),
        is_volatile(r.flag()),
        nsp(r.text()),
        event(r.text()),
        args(r.text()),
        rooms(r.texts()),
        except(r.texts()) {
    if (r.flag())
      ack = ack_request{{r.any()}, std::chrono::milliseconds(r.number(UINT32_MAX)), r.flag()};
  }
  emit view() const { return {{everybody, is_volatile, nsp, rooms, except}, event, args, ack}; }
};

void check_same(const owned_emit& a, const emit& b) {
  CHECK(a.everybody == b.to.everybody);
  CHECK(a.is_volatile == b.to.is_volatile);
  CHECK(a.nsp == b.to.nsp);
  CHECK(a.rooms == b.to.rooms.copy<std::string>());
  CHECK(a.except == b.to.except.copy<std::string>());
  CHECK(a.event == b.event);
  CHECK(a.args == b.args);
  REQUIRE(a.ack.has_value() == b.ack.has_value());
  if (!a.ack) return;
  CHECK(a.ack->id == b.ack->id);
  CHECK(a.ack->timeout == b.ack->timeout);
}

/// Some item of each shape, encoded.
std::vector<std::string> samples(random_values& r) {
  std::vector<std::string> all;
  const auto add = [&all](const auto& item) { all.push_back(wire_encoded(item)); };
  owned_emit const e(r);
  const auto to = e.view().to;
  add(e.view());
  add(rooms_join{to, e.rooms});
  add(disconnect{to, r.flag()});
  add(fetch_request{{r.any()}, to});
  add(server_emit{e.nsp, e.event, e.args, e.ack});
  std::vector<interest_change> changes(r.number(5));
  for (auto& c : changes) c = {r.any(), r.flag()};
  add(interest_delta{r.any(), changes});
  std::vector<std::uint64_t> hashes(r.number(5));
  for (auto& h : hashes) h = r.any();
  add(snapshot_part{{r.any(), 1000, r.any()}, r.number(900), hashes});
  const auto ids = r.ids();
  std::vector<ack_answer> const acked{{r.id(), e.nsp, e.event, e.args}, {r.id(), {}, {}, {}}};
  add(ack_part{{r.any()}, r.flag(), r.flag(), acked, ids, ids, e.rooms});
  std::vector<socket_entry> const sockets{{r.id(), e.event, e.nsp, e.event, e.args, e.rooms}};
  add(fetch_reply{{r.any()}, r.flag(), sockets, e.rooms});
  add(server_emit_reply{{r.any()}, e.args, e.nsp, r.flag(), r.flag(), e.rooms});
  add(watch{{r.any()}, r.id()});
  add(unwatch{{r.any()}});
  add(sync_reply{{r.any()}, e.rooms});
  std::vector<node_entry> const nodes{{e.nsp, e.event, {'A', 'b', '0', '9', '-', '_'}}};
  add(nodes_reply{{r.any()}, nodes});
  add(gossip{e.rooms});
  std::vector<header> const headers{{e.event, e.args}};
  add(lookup_reply{{r.any()}, found_socket{sockets[0], r.flag(), r.any(), {}, headers}, e.rooms});
  add(bridging{r.flag(), e.nsp});
  add(feed_ask{r.any(), r.flag()});
  add(feed_news{r.any(), r.flag() ? feed_event::granted : feed_event::handed_over});
  add(publish{to, e.event, e.args});
  add(ping{r.any(), r.any()});
  add(session_request{r.any(), r.id(), static_cast<session_verb>(r.number(6)), r.flag(), e.args});
  add(session_answer{r.any(), static_cast<std::uint16_t>(r.number(999)), e.nsp, e.args});
  add(tunnel_open{r.any(), r.id(), e.event, e.args});
  std::vector<tunnel_number> numbers(r.number(5));
  for (auto& n : numbers) n = {r.any()};
  const tunnel_place at{r.flag(), static_cast<std::uint16_t>(r.number(4095))};
  add(tunnel_data{at, numbers, e.args});
  std::vector<tunnel_grant> grants(r.number(5));
  for (auto& g : grants) g = {r.any(), r.any()};
  add(tunnel_credit{at, grants});
  add(tunnel_end{at, r.any(), static_cast<tunnel_ending>(r.number(2))});
  add(session_lend{{r.any()}, r.id(), r.flag(), e.event, e.nsp});
  add(session_release{{r.any()}, r.id(), hashes});
  std::vector<session_packet> const packets{{r.any(), r.flag(), r.any(), e.args}};
  add(session_late{r.id(), packets[0]});
  add(session_fence{{r.any()}, r.any()});
  add(session_parcel{{r.any()},
                     r.flag(),
                     r.flag(),
                     r.flag(),
                     r.any(),
                     ids.empty() ? std::string_view() : ids[0].view(),
                     e.rooms,
                     e.args,
                     e.event,
                     r.any(),
                     std::chrono::milliseconds(r.number(UINT32_MAX))});
  add(session_rest{{r.any()}, r.flag(), r.flag(), packets, hashes, hashes});
  std::vector<blob> const blobs{{e.args}};
  add(session_ack{r.any(), r.any(), r.id(), r.flag(), e.nsp, e.args, blobs});
  return all;
}

bool may_grow(item_kind k) {
  return k == item_kind::hello || k == item_kind::hello_answer || k == item_kind::goodbye;
}

}  // namespace

TEST_CASE("random emits are read as they were written, many to a batch") {
  random_values r(1);
  for (int round = 0; round < 200; ++round) {
    std::vector<owned_emit> written;
    std::string batch;
    for (auto n = r.number(20); n > 0; --n) {
      written.emplace_back(r);
      REQUIRE(encode(batch, written.back().view()).has_value());
    }
    wire_reader reader(batch);
    for (const auto& one : written) {
      const auto next = reader.next();
      REQUIRE(next.has_value());
      REQUIRE(next->has_value());
      const auto read = decode<emit>((**next).body);
      REQUIRE(read.has_value());
      check_same(one, *read);
    }
    CHECK(!reader.next().value().has_value());
    CHECK(reader.cost() == batch.size());
  }
}

TEST_CASE("every item that is cut anywhere is refused") {
  random_values r(2);
  for (int round = 0; round < 20; ++round) {
    for (const auto& bytes : samples(r)) {
      const auto raw = wire_single(bytes);
      for (std::size_t size = 0; size < raw.body.size(); ++size) {
        const std::string cut(raw.body.substr(0, size));
        CHECK(!decode({raw.kind, cut, {}}).has_value());
      }
    }
  }
}

TEST_CASE("there is one way to write what is read: changed bytes are refused or mean themselves") {
  random_values r(3);
  std::size_t read = 0, refused = 0;
  for (int round = 0; round < 300; ++round) {
    for (auto bytes : samples(r)) {
      const auto raw = wire_single(bytes);
      std::string body(raw.body);
      for (auto n = 1 + r.number(2); n > 0 && !body.empty(); --n)
        body[r.number(body.size() - 1)] = static_cast<char>(r.number(255));
      const auto one = decode({raw.kind, body, {}});
      (one ? read : refused)++;
      if (one && !may_grow(raw.kind)) CHECK(wire_single(wire_encoded(*one)).body == body);
    }
  }
  CHECK(read > 500);
  CHECK(refused > 500);
}

TEST_CASE("random bytes are refused or read, whatever they are") {
  random_values r(4);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes(r.number(60), '\0');
    for (auto& c : bytes) c = static_cast<char>(r.flag() ? r.number(8) : r.number(255));
    wire_reader reader(bytes);
    std::size_t items = 0;
    for (;;) {
      const auto next = reader.next();
      if (!next || !*next) break;
      ++items;
      if (const auto one = decode(**next)) wire_encoded(*one);
    }
    CHECK(items + reader.skipped() <= bytes.size());
  }
}
