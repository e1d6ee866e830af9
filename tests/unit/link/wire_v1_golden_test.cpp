// Version 1 of the wire format, byte by byte. A failure here means that nodes of this build and
// nodes of earlier ones would misunderstand each other: make a wire_v2 instead of changing a row.

#include "cluster/link/wire_v1.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/link/parts.hpp"
#include "tests/unit/link/wire_v1_bytes.hpp"

using namespace pushmesh::cluster::wire_v1;
using namespace std::chrono_literals;
using namespace std::string_view_literals;
using pushmesh::socket_id;
using pushmesh::cluster::hello_verdict;
using pushmesh::cluster::interest_change;
using pushmesh::cluster::part_cutter;
using pushmesh::cluster::peer_role;

namespace {

const std::string long_args(300, 'x');

socket_id id_of(std::string_view text) {
  return *socket_id::parse(text);
}

/// Written as expected, and read back to what is written the same way.
template <class T>
void check_golden(const T& written, std::string_view notation) {
  const auto expected = wire_bytes(notation);
  CAPTURE(to_string(T::kind));
  CAPTURE(notation);
  CHECK(wire_encoded(written) == expected);

  const auto raw = wire_single(expected);
  CHECK(raw.kind == T::kind);
  CHECK(raw.bytes == expected);
  const auto read = decode<T>(raw.body);
  REQUIRE(read.has_value());
  CHECK(wire_encoded(*read) == expected);
  const auto any = decode(raw);
  REQUIRE(any.has_value());
  CHECK(std::holds_alternative<T>(*any));
  CHECK(wire_encoded(*any) == expected);
}

std::vector<std::string> const rooms{"r1", "r2"};
std::vector<std::string> const r3{"r3"};
std::vector<std::string> const no_rooms{};

identity node_a() {
  identity self;
  self.cluster = "c1";
  self.name = "a";
  for (std::uint8_t i = 0; i < 16; ++i) self.incarnation.bytes[i] = i;
  self.tag = {'A', 'b', '0', '9', '-', '_'};
  self.address = "h:1";
  return self;
}
constexpr auto node_a_bytes =
    "01 ('c1') ('a') 00010203 04050607 08090a0b 0c0d0e0f 'Ab09-_' 00 ('h:1')"sv;

address somebody() {
  return {false, true, "/n", rooms, r3};
}
constexpr auto somebody_bytes = "02 ('/n') 02 ('r1') ('r2') 01 ('r3')"sv;
constexpr auto everybody_bytes = "01 ('/') 00 00"sv;
address everybody() {
  return {true, false, "/", no_rooms, no_rooms};
}

std::string cat(std::string_view a, std::string_view b, std::string_view c = {}) {
  return std::string(a) + std::string(b) + std::string(c);
}

}  // namespace

TEST_CASE("control items have these bytes") {
  std::vector<std::string> const peers{"h:2", "h:3"};
  check_golden(hello{node_a()}, cat("01 (", node_a_bytes, ")"));

  auto client = node_a();
  client.wire_version = 300;
  client.role = peer_role::client;
  client.address = {};
  check_golden(hello{client},
               "01 ( ac02 ('c1') ('a') 00010203 04050607 08090a0b 0c0d0e0f"
               " 'Ab09-_' 01 00 )");
  check_golden(hello_answer{hello_verdict::accept, {}, node_a()},
               cat("02 ( 00 00", node_a_bytes, ")"));
  check_golden(hello_answer{hello_verdict::tag_clash, "no", node_a()},
               cat("02 ( 05 ('no')", node_a_bytes, ")"));
  check_golden(ping{7, 1'000'000}, "03 ( 07 c0843d )");
  check_golden(pong{0, UINT64_MAX}, "04 ( 00 ffffffffffffffffff01 )");
  check_golden(credit{1'048'576}, "05 ( 808040 )");
  check_golden(goodbye{goodbye_reason::shutting_down, "bye"}, "06 ( 01 ('bye') )");
  check_golden(welcome{}, "07 ( )");
  check_golden(gossip{peers}, "08 ( 02 ('h:2') ('h:3') )");
}

TEST_CASE("the codes in control items have these numbers") {
  CHECK(static_cast<int>(peer_role::node) == 0);
  CHECK(static_cast<int>(peer_role::client) == 1);
  CHECK(static_cast<int>(hello_verdict::accept) == 0);
  CHECK(static_cast<int>(hello_verdict::self) == 1);
  CHECK(static_cast<int>(hello_verdict::other_cluster) == 2);
  CHECK(static_cast<int>(hello_verdict::wire_version_mismatch) == 3);
  CHECK(static_cast<int>(hello_verdict::duplicate_name) == 4);
  CHECK(static_cast<int>(hello_verdict::tag_clash) == 5);
  CHECK(static_cast<int>(hello_verdict::replaces_older) == 6);
  CHECK(static_cast<int>(hello_verdict::too_many_peers) == 7);
  CHECK(static_cast<int>(goodbye_reason::shutting_down) == 1);
  CHECK(static_cast<int>(goodbye_reason::protocol_error) == 2);
  CHECK(static_cast<int>(goodbye_reason::replaced) == 3);
  CHECK(static_cast<int>(goodbye_reason::too_slow) == 4);
  CHECK(static_cast<int>(goodbye_reason::refused) == 5);
}

TEST_CASE("items addressed to sockets have these bytes") {
  check_golden(emit{somebody(), "ev", R"("x",1)", ack_request{{300}, 10s}},
               cat("40 (", somebody_bytes, R"(('ev') ('"x",1') 01 ac02 904e 00 00 ))"));
  check_golden(emit{everybody(), "ev", {}, {}}, cat("40 (", everybody_bytes, "('ev') 00 00 00 )"));
  check_golden(emit{{false, false, "/", no_rooms, no_rooms}, {}, {}, {}},
               "40 ( 00 ('/') 00 00 00 00 00 00 )");
  check_golden(emit{everybody(), "e", long_args, {}},
               cat("40 b702", everybody_bytes, "('e') ac02 '" + long_args + "' 00 00"));
  check_golden(rooms_join{somebody(), r3}, cat("41 (", somebody_bytes, "01 ('r3') )"));
  check_golden(rooms_leave{everybody(), rooms}, cat("42 (", everybody_bytes, "02 ('r1') ('r2') )"));
  check_golden(disconnect{everybody(), true}, cat("43 (", everybody_bytes, "01 )"));
  check_golden(disconnect{everybody(), false}, cat("43 (", everybody_bytes, "00 )"));
  check_golden(fetch_request{{1}, somebody()}, cat("47 ( 01", somebody_bytes, ")"));
  check_golden(server_emit{"/", "ev", "1", ack_request{{2}, 1ms, true}},
               "48 ( ('/') ('ev') ('1') 01 02 01 01 00 )");
  check_golden(server_emit{"/", "ev", "1", {}}, "48 ( ('/') ('ev') ('1') 00 00 )");
  std::vector<blob> const blobs{{"\x01\x02"sv}, {}};
  check_golden(emit{everybody(), "ev", "1", {}, blobs},
               cat("40 (", everybody_bytes, "('ev') ('1') 00 02 02 0102 00 )"));
  check_golden(ack_finish{{300}}, "49 ( ac02 )");
  check_golden(watch{{9}, id_of("AAAAAABBccccccccdddd")}, "4a ( 09 'AAAAAABBccccccccdddd' )");
  check_golden(sync{{9}}, "4b ( 09 )");
  check_golden(unwatch{{9}}, "4c ( 09 )");
}

TEST_CASE("items about interest have these bytes") {
  std::vector<interest_change> const changes{{0x0102030405060708, true}, {0xff, false}};
  check_golden(interest_delta{128, changes},
               "44 ( 8001 02 01 0807060504030201 00 ff00000000000000 )");
  std::vector<std::uint64_t> const hashes{1, 0xfe00000000000000};
  check_golden(snapshot_part{{200, 5, 0x1122334455667788}, 3, hashes},
               "45 ( c801 05 8877665544332211 03 02 0100000000000000 00000000000000fe )");
  check_golden(interest_check{{200, 5, 0x1122334455667788}}, "46 ( c801 05 8877665544332211 )");
  check_golden(interest_confirm{200}, "84 ( c801 )");
  check_golden(interest_repair{}, "85 ( )");
}

TEST_CASE("replies have these bytes") {
  const auto first = id_of("AAAAAABBccccccccdddd");
  const auto second = id_of("-_-_-_AA000000000000");
  std::vector<blob> const blobs{{"b"}};
  std::vector<ack_answer> const acked{{first, "n", "ann", "1,2", blobs}, {second, {}, {}, {}}};
  std::vector<socket_id> const one{first};
  std::vector<socket_id> const both{first, second};
  std::vector<std::string> const missing{"n3"};
  check_golden(ack_part{{300}, true, false, acked, one, both, missing},
               "80 ( ac02 01 02 'AAAAAABBccccccccdddd' ('n') ('ann') ('1,2') 01 01 'b'"
               " '-_-_-_AA000000000000' 00 00 00 00 01 'AAAAAABBccccccccdddd'"
               " 02 'AAAAAABBccccccccdddd' '-_-_-_AA000000000000' 01 ('n3') )");
  check_golden(ack_part{{1}, false, true, {}, {}, {}, {}}, "80 ( 01 02 00 00 00 00 )");

  std::vector<socket_entry> const sockets{{first, "n1", "/", "ann", "10.0.0.1", rooms}};
  check_golden(fetch_reply{{9}, true, sockets, missing},
               "81 ( 09 01 01 'AAAAAABBccccccccdddd' ('n1') ('/') ('ann') ('10.0.0.1')"
               " 02 ('r1') ('r2') 01 ('n3') )");
  check_golden(fetch_reply{{9}, false, {}, {}}, "81 ( 09 00 00 00 )");
  check_golden(lookup_request{{9}, first}, "82 ( 09 'AAAAAABBccccccccdddd' )");

  std::vector<header> const headers{{"origin", "o"}};
  check_golden(lookup_reply{{9}, found_socket{sockets[0], true, 1000, "/s?x", headers}, {}},
               "83 ( 09 01 'AAAAAABBccccccccdddd' ('n1') ('/') ('ann') ('10.0.0.1')"
               " 02 ('r1') ('r2') 01 e807 ('/s?x') 01 ('origin') ('o') 00 )");
  check_golden(lookup_reply{{9}, {}, missing}, "83 ( 09 00 01 ('n3') )");
  check_golden(server_emit_reply{{300}, "1", "n1", false, true, {}},
               "86 ( ac02 ('1') ('n1') 02 00 00 )");
  check_golden(server_emit_reply{{300}, {}, {}, true, false, missing},
               "86 ( ac02 00 00 01 01 ('n3') 00 )");
  check_golden(watch_ended{{9}}, "87 ( 09 )");
  check_golden(sync_reply{{9}, missing}, "88 ( 09 01 ('n3') )");
  check_golden(nodes_request{{9}}, "89 ( 09 )");
  std::vector<node_entry> const nodes{{"n1", "h:1", {'A', 'b', '0', '9', '-', '_'}}};
  check_golden(nodes_reply{{9}, nodes}, "8a ( 09 01 ('n1') ('h:1') 'Ab09-_' )");
}

TEST_CASE("the lease feed has these bytes") {
  check_golden(bridging{true, "k"}, "60 ( 01 ('k') )");
  check_golden(bridging{}, "60 ( 00 00 )");
  check_golden(feed_ask{300, true}, "61 ( ac02 01 )");
  check_golden(feed_ask{1, false}, "61 ( 01 00 )");
  check_golden(feed_news{1, feed_event::granted}, "62 ( 01 00 )");
  check_golden(feed_news{1, feed_event::handed_over}, "62 ( 01 01 )");
  check_golden(publish{everybody(), "ev", "1", {}},
               cat("63 (", everybody_bytes, "('ev') ('1') 00 )"));
}

TEST_CASE("clients of sessions on other nodes have these bytes") {
  const auto sid = id_of("AAAAAABBcccccccccccc");
  const std::string_view sid_bytes = "'AAAAAABBcccccccccccc'";
  check_golden(session_request{300, sid, session_verb::get, false, {}},
               cat("c0 ( ac02", sid_bytes, "00 00 00 )"));
  check_golden(session_request{1, sid, session_verb::post, true, "4hi"},
               cat("c0 ( 01", sid_bytes, "02 01 ('4hi') )"));
  check_golden(session_request{1, sid, session_verb::withdrawn, false, {}},
               cat("c0 ( 01", sid_bytes, "06 00 00 )"));
  check_golden(session_answer{1, 200, "text/plain", "4hi"},
               "c1 ( 01 c801 ('text/plain') ('4hi') )");
  check_golden(tunnel_open{2, sid, "HTTP/1.1 101", "x"},
               cat("c2 ( 02", sid_bytes, "('HTTP/1.1 101') ('x') )"));
  std::vector<tunnel_number> const tunnels{{2}, {300}};
  check_golden(tunnel_data{{true, 5}, tunnels, "bytes"}, "c3 ( 01 05 02 02 ac02 ('bytes') )");
  std::vector<tunnel_grant> const grants{{2, 16384}};
  check_golden(tunnel_credit{{false, 5}, grants}, "c4 ( 00 05 01 02 808001 )");
  check_golden(tunnel_end{{false, 0}, 2, tunnel_ending::finished}, "c5 ( 00 00 02 00 )");
  check_golden(tunnel_end{{true, 300}, 2, tunnel_ending::reset}, "c5 ( 01 ac02 02 02 )");
}

TEST_CASE("items by which sessions move have these bytes") {
  const auto pid = id_of("AAAAAABBccccccccdddd");
  check_golden(session_lend{{9}, pid, true, "o", "/"},
               "58 ( 09 'AAAAAABBccccccccdddd' 01 ('o') ('/') )");
  std::vector<std::uint64_t> const offsets{1};
  check_golden(session_release{{9}, pid, offsets},
               "59 ( 09 'AAAAAABBccccccccdddd' 01 0100000000000000 )");
  const session_packet packet{0x0102030405060708, true, 300, "f"};
  check_golden(session_late{pid, packet},
               "5a ( 'AAAAAABBccccccccdddd' 0807060504030201 01 ac02 ('f') )");
  check_golden(session_fence{{9}, 2}, "5b ( 09 02 )");
  check_golden(session_fence_reply{{9}, 2}, "5c ( 09 02 )");
  check_golden(session_parcel{{9},
                              true,
                              false,
                              true,
                              3,
                              pid.view(),
                              rooms,
                              "d",
                              "u",
                              255,
                              std::chrono::milliseconds(1000)},
               "98 ( 09 05 03 ('AAAAAABBccccccccdddd') 02 ('r1') ('r2') ('d') ('u')"
               " ff00000000000000 e807 )");
  std::vector<session_packet> const packets{packet};
  std::vector<std::uint64_t> const owed{300};
  check_golden(session_rest{{9}, true, true, packets, offsets, owed},
               "99 ( 09 03 01 0807060504030201 01 ac02 ('f') 01 0100000000000000"
               " 01 2c01000000000000 )");
  std::vector<blob> const blobs{{"b"}};
  check_golden(session_ack{3, 300, pid, true, "u", "1", blobs},
               "9a ( 03 ac02 'AAAAAABBccccccccdddd' 01 ('u') ('1') 01 01 'b' )");
}

TEST_CASE("parts have these bytes") {
  const auto long_item = wire_encoded(emit{everybody(), "e", long_args, {}});
  REQUIRE(long_item.size() == 314);
  part_cutter cutter(long_item);
  std::string first;
  while (!cutter.done()) {
    std::string part;
    cutter.append_next(part, 100);
    if (first.empty()) first = part;
  }
  // 314 bytes in all, from 0 on
  CHECK(first == wire_bytes("7f ( ba02 00 '" + long_item.substr(0, 95) + "')"));

  const auto reply = wire_encoded(server_emit_reply{{1}, long_args});
  part_cutter replies(reply);
  std::string part;
  replies.append_next(part, 100);
  CHECK(part.substr(0, 5) == wire_bytes("bf 62 b602 00"));

  const auto answer = wire_encoded(session_answer{1, 200, {}, long_args});
  part_cutter answers(answer);
  part.clear();
  answers.append_next(part, 100);
  CHECK(part.substr(0, 5) == wire_bytes("ff 62 b502 00"));
}

TEST_CASE("no number of a kind is used twice, and its class can be read off") {
  CHECK(class_of(item_kind::goodbye) == item_class::control);
  CHECK(class_of(item_kind::emit) == item_class::fifo);
  CHECK(class_of(item_kind::fifo_part) == item_class::fifo);
  CHECK(class_of(item_kind::ack_part) == item_class::reply);
  CHECK(class_of(item_kind::reply_part) == item_class::reply);
  CHECK(class_of(item_kind::session_request) == item_class::session);
  CHECK(class_of(item_kind::session_part) == item_class::session);
}

TEST_CASE("the bounds both ends agree on are these") {
  CHECK(max_item == 262'144);
  CHECK(max_joined == 33'554'432);
  CHECK(max_batch == 327'680);
  CHECK(credit_window == 4'194'304);
  CHECK(max_name == 65'536);
  CHECK(max_rooms == 65'536);
}
