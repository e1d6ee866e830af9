#include "cluster/link/peer_session_link.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "tests/unit/link/test_peer.hpp"

using namespace pushmesh;
using namespace pushmesh::cluster;
using sent = net::session_link::sent;

namespace {

net::session_key key_of(std::string_view text) {
  net::session_key key;
  std::ranges::copy(text, key.begin());
  return key;
}

/// What the other node makes of a message.
template <class Item, class Message>
Message passed(const Message& message) {
  const auto peer = test::make_peer(7, "b");
  REQUIRE(peer_session_link(peer).send(message) == sent::yes);
  std::optional<Message> read;
  test::read_outbox(*peer->outbox, [&](const wire_v1::raw_item& raw) {
    REQUIRE(raw.kind == Item::kind);
    read = std::get<Message>(from_wire(wire_v1::decode<Item>(raw.body).value()));
  });
  REQUIRE(read.has_value());
  return *read;
}

const auto sid = key_of("AAAAAABBcccccccccccc");
constexpr net::tunnel_place at_edge{net::tunnel_place::side::edge, 5};

}  // namespace

TEST_CASE("what loops tell each other passes between nodes as it is") {
  using kind = net::polling_request::kind;
  for (const auto what : {kind::get, kind::post_begun, kind::post, kind::other, kind::hurry,
                          kind::gone, kind::withdrawn}) {
    const auto r = passed<wire_v1::session_request>(
        net::relayed_request{net::relay_number(3, 9), sid, what, what == kind::post, "body"});
    CHECK(r.exchange == net::relay_number(3, 9));
    CHECK(net::loop_of(r.exchange) == 3);
    CHECK((r.sid == sid));
    CHECK((r.what == what));
    CHECK(r.is_binary == (what == kind::post));
    CHECK(r.body == "body");
  }
  const auto answer = passed<wire_v1::session_answer>(
      net::relayed_answer{4, {413, "text/plain", std::string("a\0b", 3)}});
  CHECK(answer.exchange == 4);
  CHECK(answer.answer.status == 413);
  CHECK(answer.answer.content_type == "text/plain");
  CHECK(answer.answer.body == std::string("a\0b", 3));

  const auto open = passed<wire_v1::tunnel_open>(net::tunnel_open{8, sid, "101", "2probe"});
  CHECK(open.tunnel == 8);
  CHECK((open.sid == sid));
  CHECK(open.response == "101");
  CHECK(open.already_read == "2probe");

  const auto data =
      passed<wire_v1::tunnel_data>(net::tunnel_data{at_edge, {1, 4096, 1ull << 50}, "bytes"});
  CHECK((data.at == at_edge));
  CHECK(data.tunnels == std::vector<std::uint64_t>{1, 4096, 1ull << 50});
  CHECK(data.bytes == "bytes");

  const auto credit =
      passed<wire_v1::tunnel_credit>(net::tunnel_credit{{}, {{1, 16384}, {2, 65536}}});
  CHECK((credit.at == net::tunnel_place{}));
  REQUIRE(credit.grants.size() == 2);
  CHECK(credit.grants[1].tunnel == 2);
  CHECK(credit.grants[1].bytes == 65536);

  using how = net::tunnel_end::how;
  for (const auto what : {how::finished, how::closed, how::reset})
    CHECK((passed<wire_v1::tunnel_end>(net::tunnel_end{at_edge, 6, what}).what == what));
}

TEST_CASE("a link says whether to try again") {
  const auto peer = test::make_peer(7, "b");
  peer->outbox =
      std::make_shared<peer_outbox>([](auto) {}, link_queue_options{.max_session_bytes = 100});
  peer_session_link link(peer);
  CHECK(link.id() == 7);
  CHECK(link.send(net::relayed_answer{1, {200, {}, std::string(1000, 'x')}}) == sent::later);
  CHECK(link.send(net::relayed_answer{1, {200, {}, std::string(33 << 20, 'x')}}) == sent::never);
  CHECK(link.send(net::relayed_request{1, key_of("not an id at all !!!")}) == sent::never);
}
