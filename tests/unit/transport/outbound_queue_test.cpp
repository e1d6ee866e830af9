#include "net/transport/outbound_queue.hpp"

#include <doctest/doctest.h>

#include <array>
#include <random>
#include <string>

using namespace pushmesh::net;

namespace {

struct queue_fixture {
  outbound_budget budget{1 << 30};
  outbound_queue queue;

  void push(std::string_view text, std::uint32_t event = 0, bool is_volatile = false) {
    queue.push(make_frame(ws_opcode::text, {text},
                          {.is_volatile = is_volatile, .event_hash = event, .policy = 0}),
               budget);
  }
  // What would be written, headers left out.
  std::string content() {
    std::array<iovec, 64> pieces;
    std::string all;
    const auto n = queue.gather(pieces.data(), pieces.size());
    for (std::size_t i = 0; i < n; ++i)
      all.append(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
    std::string text;
    for (char c : all)
      if (c >= 'a' && c <= 'z') text += c;
    return text;
  }
};

constexpr std::size_t header = 2;

}  // namespace

TEST_CASE_FIXTURE(queue_fixture, "an idle queue is three words and charges nothing") {
  CHECK(sizeof(outbound_queue) <= 3 * sizeof(void*));
  const auto before = budget.used();
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 100; ++i) push("aa");
    CHECK(budget.used() > before + 100 * (2 + header));
    CHECK(queue.frames() == 100);
    CHECK(queue.consume(queue.bytes()) == 100);
    CHECK(queue.empty());
    CHECK(queue.bytes() == 0);
    CHECK(budget.used() == before);
  }
}

TEST_CASE_FIXTURE(queue_fixture,
                  "frames are written in order whatever the kernel takes at a time") {
  std::mt19937 random(3);
  std::string expected;
  std::string written;
  std::size_t completed = 0;
  std::size_t pushed = 0;
  while (pushed < 2000 || !queue.empty()) {
    for (auto n = random() % 5; n > 0 && pushed < 2000; --n, ++pushed) {
      const std::string text(random() % 20, static_cast<char>('a' + pushed % 26));
      const auto f = make_frame(ws_opcode::text, {text});
      expected += f->bytes();
      queue.push(f, budget);
    }
    std::array<iovec, 7> pieces;
    const auto n = queue.gather(pieces.data(), pieces.size());
    std::string gathered;
    for (std::size_t i = 0; i < n; ++i)
      gathered.append(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
    const auto taken = gathered.empty() ? 0 : random() % (gathered.size() + 1);
    written += gathered.substr(0, taken);
    completed += queue.consume(taken);
    REQUIRE(queue.bytes() == expected.size() - written.size());
  }
  CHECK(written == expected);
  CHECK(completed == 2000);
}

TEST_CASE_FIXTURE(queue_fixture, "dropping volatile frames keeps the rest in order") {
  push("a", 1, true);
  push("b", 1);
  push("c", 2, true);
  push("d", 2);
  push("e", 3, true);
  CHECK(queue.drop_volatile() == 3);
  CHECK(content() == "bd");
  CHECK(queue.bytes() == 2 * (1 + header));
}

TEST_CASE_FIXTURE(queue_fixture, "a partly written frame is never dropped") {
  push("abc", 1, true);
  push("d", 1, true);
  push("e", 1);
  CHECK(queue.consume(header + 1) == 0);
  SUBCASE("volatile") {
    CHECK(queue.drop_volatile() == 1);
    CHECK(content() == "bce");
  }
  SUBCASE("oldest") {
    CHECK(queue.drop_oldest(0) == 2);
    CHECK(content() == "bc");
  }
  SUBCASE("coalesce") {
    CHECK(queue.coalesce(1) == 2);
    CHECK(content() == "bc");
  }
  SUBCASE("everything") {
    CHECK(queue.clear_except_partial() == 2);
    CHECK(content() == "bc");
    CHECK(queue.consume(2) == 1);
    CHECK(queue.empty());
  }
}

TEST_CASE_FIXTURE(queue_fixture, "drop_oldest takes events from the front until it fits") {
  for (const char* text : {"a", "b", "c", "d", "e"}) push(text, 9);
  CHECK(queue.drop_oldest(3 * (1 + header)) == 2);
  CHECK(content() == "cde");
  CHECK(queue.drop_oldest(3 * (1 + header)) == 0);
  CHECK(queue.drop_oldest(0) == 3);
  CHECK(queue.empty());
}

TEST_CASE_FIXTURE(queue_fixture, "drop_oldest keeps what is no event, in its place") {
  push("a");
  push("b", 1);
  push("c");
  push("d", 1);
  push("e", 1);
  CHECK(queue.drop_oldest(3 * (1 + header)) == 2);
  CHECK(content() == "ace");
  CHECK(queue.drop_oldest(0) == 1);
  CHECK(content() == "ac");
  push("f", 1);
  CHECK(content() == "acf");
  CHECK(queue.frames() == 3);
}

TEST_CASE_FIXTURE(queue_fixture, "coalesce drops only the given event") {
  push("a", 1);
  push("b", 2);
  push("c", 1);
  push("d");
  CHECK(queue.coalesce(1) == 2);
  CHECK(content() == "bd");
  CHECK(queue.coalesce(7) == 0);
}

TEST_CASE_FIXTURE(queue_fixture, "clear drops a partly written frame as well") {
  push("abc");
  push("d");
  queue.consume(1);
  queue.clear();
  CHECK(queue.empty());
  push("e");
  CHECK(content() == "e");
}

TEST_CASE_FIXTURE(queue_fixture, "a long queue with a moving front does not grow without end") {
  const auto before = budget.used();
  for (int i = 0; i < 8; ++i) push("x");
  for (int i = 0; i < 10'000; ++i) {
    push("x");
    queue.consume(1 + header);
  }
  CHECK(queue.frames() == 8);
  CHECK(budget.used() - before < 4096);
}
