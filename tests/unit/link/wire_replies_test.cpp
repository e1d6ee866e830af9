#include "cluster/link/wire_replies.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/unit/link/test_peer.hpp"

using namespace pushmesh;
using namespace pushmesh::cluster;
using namespace pushmesh::test;

namespace {

socket_id id_of(int n) {
  auto text = std::to_string(n);
  return *socket_id::parse("AAAAAAAA" + std::string(12 - text.size(), '0') + text);
}

}  // namespace

TEST_CASE("a long result of an ack becomes several items and is the same when joined again") {
  ack_result all;
  for (int i = 0; i < 5000; ++i)
    all.acked.push_back({id_of(i), i % 2 ? "own" : "other", "u", payload(std::to_string(i))});
  all.acked[7].args.attachments.emplace_back(std::string("bytes"));
  for (int i = 0; i < 3000; ++i) all.timed_out.push_back(id_of(i));
  all.left.push_back(id_of(1));
  all.nodes_missing = {"gone"};
  const auto peer = make_peer(1, "p");
  send_reply(*peer->outbox, {5}, all, "own");

  ack_result got;
  int finals = 0, items = 0;
  read_outbox(*peer->outbox, [&](const wire_v1::raw_item& raw) {
    const auto part = wire_v1::decode<wire_v1::ack_part>(raw.body).value();
    CHECK(part.id.value == 5);
    CHECK(raw.bytes.size() <= wire_v1::max_item);
    ++items;
    finals += part.final;
    auto r = from_wire(part, "own");
    got.acked.insert(got.acked.end(), r.acked.begin(), r.acked.end());
    got.timed_out.insert(got.timed_out.end(), r.timed_out.begin(), r.timed_out.end());
    got.left.insert(got.left.end(), r.left.begin(), r.left.end());
    for (auto& n : r.nodes_missing) got.nodes_missing.push_back(n);
  });
  CHECK(items > 1);
  CHECK(finals == 1);
  REQUIRE(got.acked.size() == all.acked.size());
  for (std::size_t i = 0; i < all.acked.size(); ++i) {
    CHECK(got.acked[i].socket == all.acked[i].socket);
    CHECK(got.acked[i].node == all.acked[i].node);
    CHECK(got.acked[i].args == all.acked[i].args);
  }
  CHECK(got.timed_out == all.timed_out);
  CHECK(got.left == all.left);
  CHECK(got.nodes_missing == all.nodes_missing);
}

TEST_CASE("sockets, a socket that was looked up and answers of nodes come through") {
  const auto peer = make_peer(1, "p");
  const socket_info info{id_of(3), "own", "/n", "ann", "10.0.0.1", {"r"}};
  send_reply(*peer->outbox, {1}, fetch_result{{info}, {"gone"}}, "own");
  lookup_result looked;
  looked.found.push_back({info, true, "/s?x=1", 77, {{"origin", "o"}}});
  send_reply(*peer->outbox, {2}, looked, "own");
  send_reply(*peer->outbox, {3}, server_reply_result{{{"own", payload("1")}}, {}}, "own");

  fetch_result fetched;
  lookup_result found;
  server_reply_result answers;
  read_outbox(*peer->outbox, [&](const wire_v1::raw_item& raw) {
    using namespace wire_v1;
    if (raw.kind == item_kind::fetch_reply)
      fetched = from_wire(decode<fetch_reply>(raw.body).value(), "own");
    else if (raw.kind == item_kind::lookup_reply)
      found = from_wire(decode<lookup_reply>(raw.body).value(), "own");
    else if (const auto r = decode<server_emit_reply>(raw.body).value(); r.answered)
      answers = from_wire(r, "own");
  });
  REQUIRE(fetched.sockets.size() == 1);
  CHECK(fetched.sockets[0].node == "own");
  CHECK(fetched.sockets[0].rooms == std::vector<std::string>{"r"});
  CHECK(fetched.nodes_missing == std::vector<std::string>{"gone"});
  REQUIRE(found.found.size() == 1);
  CHECK(found.found[0].info.id == info.id);
  CHECK(found.found[0].secure);
  CHECK(found.found[0].target == "/s?x=1");
  CHECK(found.found[0].issued_ms == 77);
  CHECK(found.found[0].headers.at(0).second == "o");
  REQUIRE(answers.replies.size() == 1);
  CHECK(answers.replies[0].args.json == "1");
}
