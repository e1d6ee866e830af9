#include "cluster/link/link_queue.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/link/wire_v1_bytes.hpp"

using namespace pushmesh::cluster;
using namespace pushmesh::cluster::wire_v1;

namespace {

constexpr std::int64_t plenty = std::numeric_limits<std::int64_t>::max();
constexpr item_traits is_volatile{true, {}};

std::string emit_of(std::string_view event, std::size_t args = 0) {
  const std::string text(args, 'a');
  return wire_encoded(emit{{true, false, "/", {}, {}}, event, text, {}});
}
std::string reply_of(std::uint64_t id, std::size_t args = 0) {
  const std::string text(args, 'r');
  return wire_encoded(server_emit_reply{{id}, text});
}
std::string answer_of(std::uint64_t id, std::size_t body = 0) {
  const std::string text(body, 'b');
  return wire_encoded(session_answer{id, 200, {}, text});
}
item_traits request(std::uint64_t id) {
  return {false, request_id{id}};
}

/// Events of emits, "#id" of replies, "ping", and "part" for parts, in the order of a batch.
std::vector<std::string> names(std::string_view batch) {
  std::vector<std::string> result;
  wire_reader reader(batch);
  for (;;) {
    const auto next = reader.next();
    REQUIRE(next.has_value());
    if (!*next) return result;
    if (const auto e = decode<emit>((**next).body); e && (**next).kind == item_kind::emit)
      result.emplace_back(e->event);
    else if (const auto r = decode<server_emit_reply>((**next).body);
             r && (**next).kind == item_kind::server_emit_reply)
      result.push_back("#" + std::to_string(r->id.value));
    else
      result.emplace_back((**next).kind == item_kind::ping ? "ping" : "part");
  }
}

/// All that waits, batch by batch, with credit for all of it.
std::vector<std::string> drain(link_queue& q) {
  std::vector<std::string> all;
  while (const auto b = q.take_batch(plenty))
    for (auto& name : names(b->bytes)) all.push_back(name);
  return all;
}

using strings = std::vector<std::string>;

}  // namespace

TEST_CASE("items of one class come out in their order, numbered batch by batch") {
  link_queue q;
  CHECK(!q.take_batch(plenty).has_value());
  CHECK(q.push(emit_of("a")) == push_result::accepted);
  CHECK(q.push(emit_of("b")) == push_result::accepted);
  CHECK(q.waiting() == 2);
  const auto first = q.take_batch(plenty);
  REQUIRE(first.has_value());
  CHECK(first->sequence == 1);
  CHECK(first->cost == first->bytes.size());
  CHECK(names(first->bytes) == strings{"a", "b"});
  CHECK(q.empty());
  CHECK(q.memory() == 0);
  CHECK(!q.take_batch(plenty).has_value());
  CHECK(q.push(emit_of("c")) == push_result::accepted);
  CHECK(q.take_batch(plenty)->sequence == 2);
}

TEST_CASE("without credit only control goes, and control costs nothing") {
  link_queue q;
  CHECK(q.push(emit_of("a")) == push_result::accepted);
  CHECK(q.push(wire_encoded(ping{1, 1})) == push_result::accepted);
  const auto control = q.take_batch(0);
  REQUIRE(control.has_value());
  CHECK(control->cost == 0);
  CHECK(names(control->bytes) == strings{"ping"});
  CHECK(!q.take_batch(0).has_value());
  CHECK(!q.take_batch(-5).has_value());
  CHECK(q.push(wire_encoded(ping{2, 2})) == push_result::accepted);
  CHECK(names(q.take_batch(1)->bytes) == strings{"ping", "a"});
}

TEST_CASE("the item that overdraws the credit is the last one of its batch") {
  link_queue q;
  const auto item = emit_of("a", 100);
  for (int i = 0; i < 5; ++i) CHECK(q.push(item) == push_result::accepted);
  const auto size = static_cast<std::int64_t>(item.size());
  CHECK(q.take_batch(2 * size)->cost == 2 * item.size());
  CHECK(q.take_batch(size + 1)->cost == 2 * item.size());
  CHECK(q.take_batch(1)->cost == item.size());
}

TEST_CASE("a batch holds what fits, or one item that is longer") {
  link_queue q;
  CHECK(q.push(emit_of("a", 500)) == push_result::accepted);
  CHECK(q.push(emit_of("b", 500)) == push_result::accepted);
  CHECK(q.push(emit_of("c", 2000)) == push_result::accepted);
  CHECK(q.push(emit_of("d", 10)) == push_result::accepted);
  CHECK(names(q.take_batch(plenty, 1100)->bytes) == strings{"a", "b"});
  CHECK(names(q.take_batch(plenty, 1100)->bytes) == strings{"c"});
  CHECK(names(q.take_batch(plenty, 1100)->bytes) == strings{"d"});
}

TEST_CASE("no batch is longer than a receiver allows") {
  link_queue q;
  const auto item = wire_encoded(ping{1, 1});
  while (q.push(item) == push_result::accepted) {
  }
  CHECK(q.push(emit_of("a", max_item - 20)) == push_result::accepted);
  CHECK(q.push(emit_of("b", 1'000'000)) == push_result::accepted);
  strings all;
  while (const auto b = q.take_batch(plenty)) {
    CHECK(b->bytes.size() <= max_batch);
    for (auto& name : names(b->bytes))
      if (name != "ping") all.push_back(name);
  }
  CHECK(all.front() == "a");
  CHECK(all.size() >= 9);  // a, and the parts of b
}

TEST_CASE("long items go in parts and keep their place in their class") {
  link_queue q;
  const auto item = emit_of("long", 1'000'000);
  CHECK(q.push(emit_of("before")) == push_result::accepted);
  CHECK(q.push(item) == push_result::accepted);
  CHECK(q.push(emit_of("after")) == push_result::accepted);
  CHECK(q.push(reply_of(1)) == push_result::accepted);
  part_joiner joiner;
  strings seen;
  std::size_t batches = 0;
  while (const auto b = q.take_batch(plenty)) {
    ++batches;
    CHECK(b->bytes.size() <= link_queue::batch_bytes);
    CHECK(b->cost == credit_cost(b->bytes).value());
    wire_reader reader(b->bytes);
    for (;;) {
      const auto next = reader.next();
      REQUIRE(next.has_value());
      if (!*next) break;
      const auto whole = joiner.add(**next);
      REQUIRE(whole.has_value());
      if (!*whole) continue;
      if ((**whole).kind == item_kind::server_emit_reply)
        seen.emplace_back("reply");
      else
        seen.emplace_back(decode<emit>((**whole).body)->event);
    }
  }
  CHECK(seen == strings{"before", "reply", "long", "after"});
  CHECK(batches == 8);
  CHECK(q.memory() == 0);
}

TEST_CASE("fifo and replies share a busy link four to one, and neither waits for the other's end") {
  link_queue q;
  for (int i = 0; i < 1000; ++i) {
    CHECK(q.push(emit_of("e", 1000)) == push_result::accepted);
    CHECK(q.push(reply_of(1, 1000)) == push_result::accepted);
  }
  const auto batch = q.take_batch(plenty, 60'000);
  std::size_t emits = 0, replies = 0;
  for (const auto& name : names(batch->bytes)) ++(name == "e" ? emits : replies);
  CHECK(emits >= 4 * replies - 4);
  CHECK(emits <= 4 * replies + 4);
  CHECK(replies >= 10);
}

TEST_CASE(
    "what clients of other nodes send has half the share of the fifo, twice that of replies") {
  link_queue q;
  for (int i = 0; i < 1000; ++i) {
    CHECK(q.push(emit_of("e", 1000)) == push_result::accepted);
    CHECK(q.push(reply_of(1, 1000)) == push_result::accepted);
    CHECK(q.push(answer_of(1, 1000)) == push_result::accepted);
  }
  const auto batch = q.take_batch(plenty, 70'000);
  std::size_t emits = 0, replies = 0, answers = 0;
  for (const auto& name : names(batch->bytes))
    ++(name == "e" ? emits : name == "#1" ? replies : answers);
  CHECK(replies >= 9);
  CHECK(answers >= 2 * replies - 2);
  CHECK(answers <= 2 * replies + 2);
  CHECK(emits >= 4 * replies - 4);
  CHECK(emits <= 4 * replies + 4);
}

TEST_CASE("what clients of other nodes send has room of its own") {
  link_queue q({.max_bytes = 100'000, .max_session_bytes = 50'000});
  while (q.push(answer_of(1, 1000)) == push_result::accepted) {
  }
  CHECK(q.memory() > 45'000);
  CHECK(q.memory() <= 50'000);
  CHECK(q.push(emit_of("e", 70'000)) == push_result::accepted);
  CHECK(q.push(reply_of(1, 20'000)) == push_result::accepted);
  CHECK(q.push(answer_of(1, 10'000)) == push_result::full);
}

TEST_CASE("a class that was idle does not catch up on what it did not send") {
  link_queue q;
  for (int i = 0; i < 2000; ++i) CHECK(q.push(emit_of("e", 1000)) == push_result::accepted);
  for (int i = 0; i < 10; ++i) q.take_batch(plenty);
  for (int i = 0; i < 1000; ++i) CHECK(q.push(reply_of(1, 1000)) == push_result::accepted);
  std::size_t emits = 0;
  for (const auto& name : names(q.take_batch(plenty)->bytes)) emits += name == "e";
  CHECK(emits >= 45);
}

TEST_CASE("a full queue drops the oldest volatile items first, then refuses what is new") {
  link_queue q({.max_bytes = 8000});
  const auto big = [](std::string_view event) { return emit_of(event, 850); };
  CHECK(q.push(big("a")) == push_result::accepted);
  CHECK(q.push(big("v1"), is_volatile) == push_result::accepted);
  CHECK(q.push(big("b")) == push_result::accepted);
  CHECK(q.push(big("v2"), is_volatile) == push_result::accepted);
  CHECK(q.push(big("c")) == push_result::accepted);
  CHECK(q.push(big("d")) == push_result::accepted);
  REQUIRE(q.memory() <= 6000);

  CHECK(q.push(big("v3"), is_volatile) == push_result::full);
  CHECK(q.volatile_dropped() == 0);
  CHECK(q.push(big("e")) == push_result::accepted);
  CHECK(q.volatile_dropped() == 1);
  CHECK(q.push(big("f")) == push_result::accepted);
  CHECK(q.volatile_dropped() == 2);
  CHECK(q.push(big("g")) == push_result::full);
  CHECK(q.push(big("r"), request(1)) == push_result::full);
  CHECK(q.memory() <= 6000);
  CHECK(drain(q) == strings{"a", "b", "c", "d", "e", "f"});
  CHECK(q.memory() == 0);
}

TEST_CASE("volatile items are not dropped for one that does not fit anyway") {
  link_queue q({.max_bytes = 8000});
  CHECK(q.push(emit_of("v", 1000), is_volatile) == push_result::accepted);
  CHECK(q.push(emit_of("a", 4000)) == push_result::accepted);
  CHECK(q.push(emit_of("b", 3000)) == push_result::full);
  CHECK(q.volatile_dropped() == 0);
  CHECK(drain(q) == strings{"v", "a"});
}

TEST_CASE("a volatile item that is a request, or that was sent in part, is not dropped") {
  link_queue q({.max_bytes = 1'000'000});
  CHECK(q.push(emit_of("r", 100'000), {true, request_id{5}}) == push_result::accepted);
  CHECK(q.push(emit_of("v", 400'000), is_volatile) == push_result::accepted);
  CHECK(names(q.take_batch(plenty, 200'000)->bytes) == strings{"r", "part"});
  CHECK(q.push(emit_of("x", 340'000)) == push_result::accepted);
  CHECK(q.push(emit_of("y", 340'000)) == push_result::full);
  CHECK(q.volatile_dropped() == 0);
}

TEST_CASE("emits do not take the room of replies, nor replies that of emits") {
  link_queue q({.max_bytes = 100'000});
  while (q.push(emit_of("e", 1000)) == push_result::accepted) {
  }
  CHECK(q.memory() > 70'000);
  CHECK(q.memory() <= 75'000);
  CHECK(q.push(reply_of(1, 1000)) == push_result::accepted);
  while (q.push(reply_of(1, 1000)) == push_result::accepted) {
  }
  CHECK(q.memory() > 95'000);
  CHECK(q.memory() <= 100'000);
}

TEST_CASE("control has a bound of its own") {
  link_queue q({.max_control_bytes = 100});
  const auto item = wire_encoded(ping{1, 1});
  std::size_t accepted = 0;
  while (q.push(item) == push_result::accepted) ++accepted;
  CHECK(accepted == 100 / item.size());
  CHECK(q.push(emit_of("a")) == push_result::accepted);
  CHECK(q.waiting() == 1);
}

TEST_CASE("what is not an item is not queued") {
  link_queue q;
  CHECK(q.push({}) == push_result::malformed);
  CHECK(q.empty());
}

TEST_CASE("of items that were queued one after the other, those sent already are not lost") {
  link_queue q;
  const auto size = emit_of("a").size();
  for (const auto* name : {"a", "b", "c", "d"})
    CHECK(q.push(emit_of(name)) == push_result::accepted);
  const auto full = q.memory();
  CHECK(names(q.take_batch(1)->bytes) == strings{"a"});
  CHECK(names(q.take_batch(static_cast<std::int64_t>(size) + 1)->bytes) == strings{"b", "c"});
  CHECK(q.waiting() == 1);
  CHECK(q.memory() == full / 4);
  CHECK(q.push(emit_of("e")) == push_result::accepted);
  CHECK(q.waiting() == 2);
  const auto lost = q.clear();
  CHECK(lost.items == 2);
  CHECK(lost.bytes == 2 * size);
  CHECK(q.memory() == 0);
}

TEST_CASE("clear tells what was lost and which requests fail, and begins anew") {
  link_queue q;
  const auto a = emit_of("a");
  const auto b = emit_of("b", 300'000);
  CHECK(q.push(emit_of("sent"), request(1)) == push_result::accepted);
  CHECK(q.take_batch(plenty).has_value());
  CHECK(q.push(b, request(2)) == push_result::accepted);
  CHECK(q.push(a) == push_result::accepted);
  CHECK(q.push(a, request(3)) == push_result::accepted);
  CHECK(q.push(reply_of(9)) == push_result::accepted);
  CHECK(q.push(wire_encoded(ping{1, 1})) == push_result::accepted);
  CHECK(q.take_batch(1)->sequence == 2);  // a part of b

  const auto lost = q.clear();
  CHECK(lost.items == 4);
  CHECK(lost.bytes == b.size() + 2 * a.size() + reply_of(9).size());
  CHECK(lost.requests == std::vector{request_id{2}, request_id{3}});
  CHECK(q.empty());
  CHECK(q.memory() == 0);
  CHECK(q.clear().items == 0);
  CHECK(q.push(a) == push_result::accepted);
  const auto batch = q.take_batch(plenty);
  CHECK(batch->sequence == 1);
  CHECK(names(batch->bytes) == strings{"a"});
}
