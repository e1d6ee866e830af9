// What a node tells another about a session that moves.
#include "cluster/link/session_wire.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <any>
#include <optional>

#include <string>
#include <vector>

#include "net/protocol/frame_messages.hpp"
#include "tests/unit/link/test_peer.hpp"

using namespace pushmesh;
using namespace pushmesh::cluster;
using namespace pushmesh::test;

namespace {

actors::missed_packet packet(std::string text, std::uint64_t offset,
                             std::optional<std::uint64_t> ack_id = {}) {
  net::frame::meta about;
  about.offset = offset;
  return {net::make_frame(net::ws_opcode::text, {std::move(text)}, about), ack_id};
}

/// What the other node makes of all that was sent for one session.
released_session received(const peer_ref& peer, std::vector<bool>& finals) {
  released_session all;
  finals = sent_items<wire_v1::session_rest>(peer, [&](const wire_v1::session_rest& x) {
    add_from_wire(all, x);
    return x.final;
  });
  return all;
}

}  // namespace

TEST_CASE("a session's packets come across as they were, in as many items as it takes") {
  const auto peer = make_peer(1, "there");
  actors::session_rest rest;
  for (std::uint64_t i = 1; i <= 300; ++i)
    rest.packets.push_back(packet("42[\"m\",\"" + std::string(1000, 'x') + "\"]", i));
  rest.packets.push_back(packet("427[\"q\"]", 0, 7));
  const std::vector<binary> attachments{binary(std::string("\0\1\2", 3))};
  rest.packets.push_back(
      {net::make_packet_frame({"51-[\"b\",{\"_placeholder\":true,\"num\":0}]"}, attachments, {}),
       9});
  rest.had = {5, 6};
  rest.owed_acks = {7, 9};
  send_rest(*peer->outbox, {1}, rest);
  std::vector<bool> finals;
  const auto got = received(peer, finals);
  REQUIRE(finals.size() > 1);
  CHECK(finals.back());
  CHECK(std::count(finals.begin(), finals.end(), true) == 1);
  CHECK(got.found);
  CHECK(got.rest.had == rest.had);
  CHECK(got.rest.owed_acks == rest.owed_acks);
  REQUIRE(got.rest.packets.size() == rest.packets.size());
  for (std::size_t i = 0; i < rest.packets.size(); ++i) {
    CHECK(got.rest.packets[i].frame->bytes() == rest.packets[i].frame->bytes());
    CHECK(got.rest.packets[i].frame->about().offset == rest.packets[i].frame->about().offset);
    CHECK(got.rest.packets[i].ack_id == rest.packets[i].ack_id);
  }
}

TEST_CASE("no session is told as none") {
  const auto peer = make_peer(1, "there");
  send_rest(*peer->outbox, {1}, std::nullopt);
  std::vector<bool> finals;
  CHECK_FALSE(received(peer, finals).found);
  CHECK(finals == std::vector<bool>{true});
  send_parcel(*peer->outbox, {1}, 0, std::nullopt);
  const auto parcels = sent_items<wire_v1::session_parcel>(
      peer, [](const wire_v1::session_parcel& x) { return from_wire(x).parcel.has_value(); });
  CHECK(parcels == std::vector<bool>{false});
}

TEST_CASE("a parcel goes with text as data, and without data of other types") {
  const auto peer = make_peer(1, "there");
  actors::session_parcel p;
  p.sid = *socket_id::parse("AAAAAABBccccccccdddd");
  p.rooms = {"a", "b"};
  p.left_own_room = true;
  p.user = "ada";
  p.last_offset = 77;
  p.left = std::chrono::milliseconds(1234);
  for (const std::any& data : {std::any(std::string("text")), std::any(5), std::any()}) {
    p.data = data;
    send_parcel(*peer->outbox, {1}, 3, p);
    const auto all = sent_items<wire_v1::session_parcel>(
        peer, [](const wire_v1::session_parcel& x) { return from_wire(x); });
    REQUIRE(all.size() == 1);
    REQUIRE(all[0].parcel);
    const auto& q = *all[0].parcel;
    CHECK(all[0].shard == 3);
    CHECK(q.sid == p.sid);
    CHECK(q.rooms == p.rooms);
    CHECK(q.left_own_room);
    CHECK(q.user == "ada");
    CHECK(q.last_offset == 77);
    CHECK(q.left == p.left);
    CHECK(q.data.has_value() == (data.type() == typeid(std::string)));
  }
}

TEST_CASE("a peer's packets that are no frames are dropped, and nothing else") {
  const std::string good(packet("42[]", 1).frame->bytes());
  const std::string cut[] = {"",
                             std::string("\x81", 1),
                             std::string("\x81\x05", 2) + "42",
                             std::string("\x81\x7e\xff", 3),
                             std::string("\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff", 10),
                             std::string("\x81\xff", 2)};
  for (const auto& bytes : cut) {
    CAPTURE(bytes);
    CHECK_FALSE(from_wire(wire_v1::session_packet{1, false, 0, bytes}).frame);
  }
  const std::vector<wire_v1::session_packet> packets{{1, false, 0, cut[2]}, {2, false, 0, good}};
  wire_v1::session_rest x;
  x.found = true;
  x.packets = packets;
  released_session to;
  add_from_wire(to, x);
  REQUIRE(to.rest.packets.size() == 1);
  CHECK(to.rest.packets[0].frame->about().offset == 2);
  wire_v1::session_parcel strange;
  strange.found = true;
  strange.sid = "no id";
  CHECK_FALSE(from_wire(strange).parcel);
}
