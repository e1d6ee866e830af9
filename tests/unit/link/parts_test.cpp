#include "cluster/link/parts.hpp"

#include <doctest/doctest.h>

#include <array>
#include <deque>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/link/wire_v1_bytes.hpp"

using namespace pushmesh::cluster;
using namespace pushmesh::cluster::wire_v1;

namespace {

std::string emit_of(std::size_t args) {
  const std::string text(args, 'a');
  return wire_encoded(emit{{true, false, "/", {}, {}}, "e", text, {}});
}
std::string reply_of(std::size_t args) {
  const std::string text(args, 'r');
  return wire_encoded(server_emit_reply{{1}, text});
}

std::vector<std::string> cut(std::string_view item, std::size_t max_size) {
  std::vector<std::string> parts;
  for (part_cutter c(item); !c.done();) {
    const auto size = c.append_next(parts.emplace_back(), max_size);
    CHECK(size == parts.back().size());
    CHECK(size <= max_size);
  }
  return parts;
}

wire_errc error_of(part_joiner& joiner, std::string_view bytes) {
  const auto result = joiner.add(wire_single(bytes));
  REQUIRE(!result.has_value());
  return result.error().code;
}

}  // namespace

TEST_CASE("an item that was cut comes out as it was, at the last part") {
  for (const std::size_t length : {100u, 128u, 300'000u, 5'000'000u}) {
    for (const std::size_t max_size : {64u, 65u, 1000u, 65'536u, 262'144u}) {
      if (length / max_size > 10'000) continue;
      const auto item = emit_of(length);
      const auto parts = cut(item, max_size);
      CAPTURE(length);
      CAPTURE(max_size);
      part_joiner joiner;
      for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
        const auto result = joiner.add(wire_single(parts[i]));
        REQUIRE(result.has_value());
        REQUIRE(!result->has_value());
      }
      const auto last = joiner.add(wire_single(parts.back()));
      REQUIRE(last.has_value());
      REQUIRE(last->has_value());
      CHECK((**last).kind == item_kind::emit);
      CHECK((**last).bytes == item);
      CHECK(decode<emit>((**last).body).value().args.size() == length);
      CHECK(joiner.buffered() == 0);
    }
  }
}

TEST_CASE("parts are cut as long as they may be") {
  const auto item = emit_of(1'000'000);
  const auto parts = cut(item, 65'536);
  CHECK(parts.size() == 16);
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) CHECK(parts[i].size() > 65'530);
}

TEST_CASE("other items pass while the parts of one arrive, those of its class after them") {
  part_joiner joiner;
  const auto fifo = cut(emit_of(1000), 600);
  const auto replies = cut(reply_of(1000), 600);
  const auto control = wire_encoded(ping{1, 2});
  const auto small = emit_of(3);
  const auto passes = [&joiner](const std::string& bytes) {
    const auto result = joiner.add(wire_single(bytes));
    REQUIRE(result.has_value());
    return result->has_value() && (**result).bytes == bytes;
  };
  REQUIRE(fifo.size() == 2);
  REQUIRE(replies.size() == 2);
  CHECK(passes(small));
  CHECK(!passes(fifo[0]));
  CHECK(passes(control));
  CHECK(!passes(replies[0]));
  CHECK(passes(control));
  const auto first = joiner.add(wire_single(replies[1]));
  CHECK((**first).kind == item_kind::server_emit_reply);
  const auto second = joiner.add(wire_single(fifo[1]));
  CHECK((**second).kind == item_kind::emit);
  CHECK(passes(small));
}

TEST_CASE("parts that do not fit are refused") {
  const auto parts = cut(emit_of(1000), 600);
  SUBCASE("another item of the class amid them") {
    part_joiner joiner;
    CHECK(joiner.add(wire_single(parts[0])).has_value());
    CHECK(error_of(joiner, emit_of(1)) == wire_errc::part_interrupted);
  }
  SUBCASE("one that is missing") {
    part_joiner joiner;
    CHECK(error_of(joiner, parts[1]) == wire_errc::part_out_of_place);
  }
  SUBCASE("one that comes twice") {
    part_joiner joiner;
    CHECK(joiner.add(wire_single(parts[0])).has_value());
    CHECK(error_of(joiner, parts[0]) == wire_errc::part_out_of_place);
  }
  SUBCASE("one of another item") {
    part_joiner joiner;
    CHECK(joiner.add(wire_single(parts[0])).has_value());
    CHECK(error_of(joiner, cut(emit_of(1001), 600)[1]) == wire_errc::part_out_of_place);
  }
  SUBCASE("an item over the bound, at its first part") {
    part_joiner joiner(1000);
    CHECK(error_of(joiner, parts[0]) == wire_errc::too_long);
  }
  struct bad_row {
    std::string_view notation;
    wire_errc code;
  };
  const bad_row rows[] = {
      {"7f ()", wire_errc::cut_short},
      {"7f (05)", wire_errc::cut_short},
      {"7f (05 80)", wire_errc::cut_short},
      {"7f (8500 00 'a')", wire_errc::bad_varint},
      {"7f (05 00)", wire_errc::part_out_of_place},  // no piece
      {"7f (00 00)", wire_errc::part_out_of_place},
      {"7f (00 00 'a')", wire_errc::part_out_of_place},  // longer than the whole
      {"7f (02 00 'abc')", wire_errc::part_out_of_place},
      {"7f (05 01 'a')", wire_errc::part_out_of_place},
      {"7f (03 00 40 05 00)", wire_errc::bad_joined_item},  // item cut short
      {"7f (03 00 05 01 07)", wire_errc::bad_joined_item},  // control
      {"7f (02 00 85 00)", wire_errc::bad_joined_item},     // of the other class
      {"bf (02 00 40 00)", wire_errc::bad_joined_item},
      {"7f (04 00 40 00 40 00)", wire_errc::bad_joined_item},        // two
      {"7f (04 00 7e 00 7e 00)", wire_errc::bad_joined_item},        // two of unknown kind
      {"7f (06 00 7f 04 02 00 40 00)", wire_errc::bad_joined_item},  // a part of a part
  };
  for (const auto& row : rows) {
    CAPTURE(row.notation);
    part_joiner joiner;
    CHECK(to_string(error_of(joiner, wire_bytes(row.notation))) == to_string(row.code));
  }
}

TEST_CASE("a joined item of unknown kind is skipped") {
  part_joiner joiner;
  const auto result = joiner.add(wire_single(wire_bytes("7f (04 00 7e 02 01 02)")));
  REQUIRE(result.has_value());
  CHECK(!result->has_value());
  CHECK(joiner.buffered() == 0);
}

TEST_CASE("random items of two classes, cut at random, come out in their order") {
  std::mt19937 random(7);
  const auto below = [&random](std::size_t n) { return random() % n; };
  for (int round = 0; round < 50; ++round) {
    std::array<std::deque<std::string>, 2> sent, expected;
    for (int n = 0; n < 40; ++n) {
      const auto lane = below(2);
      const auto item = lane == 0 ? emit_of(below(3000)) : reply_of(below(3000));
      expected[lane].push_back(item);
      if (item.size() < 1500) {
        sent[lane].push_back(item);
      } else {
        for (auto& part : cut(item, 64 + below(2000))) sent[lane].push_back(part);
      }
    }
    part_joiner joiner;
    while (!sent[0].empty() || !sent[1].empty()) {
      const auto lane = sent[0].empty() ? 1 : sent[1].empty() ? 0 : below(2);
      const auto bytes = sent[lane].front();
      sent[lane].pop_front();
      const auto result = joiner.add(wire_single(bytes));
      REQUIRE(result.has_value());
      CHECK(joiner.buffered() < 6100);
      if (!*result) continue;
      REQUIRE(!expected[lane].empty());
      CHECK((**result).bytes == expected[lane].front());
      expected[lane].pop_front();
    }
    CHECK(expected[0].empty());
    CHECK(expected[1].empty());
  }
}
