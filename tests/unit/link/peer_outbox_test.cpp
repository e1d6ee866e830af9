#include "cluster/link/peer_outbox.hpp"

#include <doctest/doctest.h>

#include <string>

#include "cluster/link/wire_v1.hpp"

using namespace pushmesh::cluster;

namespace {

struct counted_outbox {
  int wakes = 0;
  int urgent = 0;
  peer_outbox box;
  explicit counted_outbox(link_queue_options options = {})
      : box([this](wake_up how) { ++(how == wake_up::now ? urgent : wakes); }, options) {}
  push_result send(std::uint64_t id) { return box.send(wire_v1::sync{{id}}); }
};

}  // namespace

TEST_CASE("an outbox wakes its link once until the link has seen that nothing is left") {
  counted_outbox o;
  CHECK(o.send(1) == push_result::accepted);
  CHECK(o.send(2) == push_result::accepted);
  CHECK(o.wakes == 1);
  REQUIRE(o.box.take_batch(1'000'000));
  CHECK(o.send(3) == push_result::accepted);
  CHECK(o.wakes == 1);  // the link is still taking
  REQUIRE(o.box.take_batch(1'000'000));
  CHECK_FALSE(o.box.take_batch(1'000'000));
  CHECK(o.send(4) == push_result::accepted);
  CHECK(o.wakes == 2);
}

TEST_CASE("when a batch is full before the link has looked, it is woken once more") {
  counted_outbox o;
  std::uint64_t sent = 0;
  while (o.box.look().bytes < link_queue::batch_bytes) {
    CHECK(o.urgent == 0);
    o.send(++sent);
  }
  CHECK(o.wakes == 1);
  CHECK(o.urgent == 1);
  for (int i = 0; i < 100; ++i) o.send(++sent);
  CHECK(o.urgent == 1);
  while (o.box.take_batch(1'000'000)) {
  }
  o.send(++sent);
  CHECK(o.wakes == 2);
  CHECK(o.urgent == 1);
}

TEST_CASE("without credit a link takes what needs none") {
  counted_outbox o;
  o.send(1);
  o.box.send(wire_v1::ping{7, 8});
  const auto batch = o.box.take_batch(0);
  REQUIRE(batch);
  CHECK(batch->cost == 0);
  CHECK(wire_v1::wire_reader(batch->bytes).next().value()->kind == wire_v1::item_kind::ping);
  CHECK_FALSE(o.box.take_batch(0));
  CHECK(o.box.look().items == 1);
}

TEST_CASE(
    "a full outbox refuses and counts; a closed one drops and refuses all, and wakes nobody") {
  counted_outbox o({.max_bytes = 4096});
  int accepted = 0;
  while (o.send(1) == push_result::accepted) ++accepted;
  CHECK(accepted > 10);
  CHECK(o.box.look().refused == 1);
  const auto before = o.wakes;
  CHECK(o.box.close().items == static_cast<std::size_t>(accepted));
  CHECK(o.box.close().items == static_cast<std::size_t>(accepted));  // told to whoever asks
  CHECK(o.send(1) == push_result::full);
  CHECK(o.wakes == before);
  CHECK(o.box.look().items == 0);
}

TEST_CASE("what breaks a bound of the wire format is not queued") {
  counted_outbox o;
  const std::string long_name(wire_v1::max_name + 1, 'n');
  CHECK(o.box.send(wire_v1::server_emit{"/", long_name, {}, {}}) == push_result::malformed);
  CHECK(o.wakes == 0);
}

TEST_CASE("what waits elsewhere until there is room is not counted as refused") {
  counted_outbox o({.max_bytes = 1000, .max_session_bytes = 1000});
  const std::string text(2000, 'x');
  CHECK(o.box.send(wire_v1::session_answer{1, 200, {}, text}) == push_result::full);
  CHECK(o.box.look().refused == 0);
  CHECK(o.box.send(wire_v1::server_emit_reply{{1}, text}) == push_result::full);
  CHECK(o.box.look().refused == 1);
}
