#include "cluster/node/bench/broadcast_judge.hpp"

#include <doctest/doctest.h>

#include <map>
#include <memory>

#include "cluster/node/bench/delivery_board.hpp"
#include "cluster/node/bench/echo_ledger.hpp"

using namespace pushmesh::bench;

namespace {

// Deliveries as a test wants them.
struct known {
  std::map<std::uint32_t, delivery> by_seq;
  broadcast_judge::lookup lookup() {
    return [this](std::uint32_t seq) {
      const auto at = by_seq.find(seq);
      return at == by_seq.end() ? delivery{} : at->second;
    };
  }
};

}  // namespace

TEST_CASE("a broadcast is complete when all receivers got it") {
  broadcast_judge judge;
  known world;
  judge.sent(1, 3, 0);
  world.by_seq[1] = {2, 100, 200};
  judge.review(0, world.lookup());
  CHECK(judge.open() == 1);
  CHECK(judge.complete() == 0);
  world.by_seq[1] = {3, 100, 900};
  judge.review(0, world.lookup());
  CHECK(judge.open() == 0);
  CHECK(judge.complete() == 1);
  CHECK(judge.completion().max() == 900);
  CHECK(judge.first().max() == 100);
}

TEST_CASE("a client dropped after a broadcast was sent is not waited for") {
  broadcast_judge judge;
  known world;
  judge.sent(1, 3, 5);
  world.by_seq[1] = {2, 1, 2};
  judge.review(5, world.lookup());
  CHECK(judge.complete() == 0);
  judge.review(6, world.lookup());
  CHECK(judge.complete() == 1);
}

TEST_CASE("what is not complete at the end lacks messages") {
  broadcast_judge judge;
  known world;
  judge.sent(1, 10, 0);
  judge.sent(2, 10, 0);
  judge.sent(3, 10, 0);
  world.by_seq[1] = {7, 1, 2};
  world.by_seq[3] = {10, 1, 2};
  judge.finish(0, world.lookup());
  CHECK(judge.sent_count() == 3);
  CHECK(judge.complete() == 1);
  CHECK(judge.incomplete() == 2);
  CHECK(judge.missing() == 13);
  CHECK(judge.open() == 0);
}

TEST_CASE("a broadcast to nobody is complete and has no time") {
  broadcast_judge judge;
  known world;
  judge.sent(1, 0, 0);
  judge.review(0, world.lookup());
  CHECK(judge.complete() == 1);
  CHECK(judge.completion().count() == 0);
}

TEST_CASE("a broadcast the board is about to forget is given up") {
  broadcast_judge judge;
  known world;
  const auto count = static_cast<std::uint32_t>(delivery_board::size / 2 + 2);
  for (std::uint32_t seq = 1; seq <= count; ++seq) judge.sent(seq, 1, 0);
  judge.review(0, world.lookup());
  CHECK(judge.incomplete() == 2);
  CHECK(judge.open() == count - 2);
}

TEST_CASE("the board counts receivers and keeps the first and last time") {
  const auto board = std::make_unique<delivery_board>();
  board->record(7, 500);
  board->record(7, 100);
  board->record(7, 300);
  const auto d = board->read(7);
  CHECK(d.count == 3);
  CHECK(d.first_us == 100);
  CHECK(d.last_us == 500);
  CHECK(board->read(8).count == 0);
}

TEST_CASE("the board forgets a broadcast when its place is needed") {
  const auto board = std::make_unique<delivery_board>();
  board->record(1, 10);
  board->record(1, 20);
  const auto later = static_cast<std::uint32_t>(1 + delivery_board::size);
  board->record(later, 5);
  CHECK(board->read(1).count == 0);
  CHECK(board->read(later).count == 1);
  CHECK(board->read(later).last_us == 5);
}

TEST_CASE("an echo is answered once and by its own id") {
  echo_ledger echoes;
  const auto a = echoes.begin(1'000);
  const auto b = echoes.begin(2'000);
  CHECK(a != b);
  CHECK(echoes.end(b, 2'300) == 300u);
  CHECK(echoes.end(a, 1'050) == 50u);
  CHECK_FALSE(echoes.end(a, 1'060));
  CHECK_FALSE(echoes.end(b + 1, 1'060));
}

TEST_CASE("an echo that is answered after 65,536 others counts as none") {
  echo_ledger echoes;
  const auto first = echoes.begin(0);
  for (int i = 0; i < 65'536; ++i) echoes.begin(1);
  CHECK_FALSE(echoes.end(first, 5));
  CHECK(echoes.end(first + 1, 5) == 4u);
}
