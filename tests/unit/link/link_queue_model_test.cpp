// The queue and both ends' credit against a model that is slow and plainly right, with fixed seeds.

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "cluster/link/batch_order.hpp"
#include "cluster/link/credit.hpp"
#include "cluster/link/link_queue.hpp"
#include "tests/unit/link/wire_v1_bytes.hpp"

using namespace pushmesh::cluster;
using namespace pushmesh::cluster::wire_v1;

namespace {

/// A number in an item, so that it can be told apart from all others.
std::string numbered(item_class c, std::uint64_t number, std::size_t size) {
  const std::string text(size, 'x');
  switch (c) {
    case item_class::fifo:
      return wire_encoded(emit{{true, false, "/", {}, {}}, "e", text, ack_request{{number}, {}}});
    case item_class::reply:
      return wire_encoded(server_emit_reply{{number}, text});
    case item_class::session:
      return wire_encoded(session_answer{number, 200, {}, text});
    default:
      return wire_encoded(ping{number, 0});
  }
}

std::uint64_t number_of(const raw_item& raw) {
  if (raw.kind == item_kind::emit) return decode<emit>(raw.body).value().ack.value().id.value;
  if (raw.kind == item_kind::server_emit_reply)
    return decode<server_emit_reply>(raw.body).value().id.value;
  if (raw.kind == item_kind::session_answer)
    return decode<session_answer>(raw.body).value().exchange;
  return decode<ping>(raw.body).value().id;
}

struct accepted_item {
  std::uint64_t number;
  bool is_volatile;
  bool is_request;
};

/// Both ends of a link, a wire between them, and the model beside them.
class linked {
 public:
  explicit linked(std::uint32_t seed) : random_(seed) {}

  void step() {
    switch (below(8)) {
      case 0:
      case 1:
      case 2:
        push();
        break;
      case 3:
      case 4:
        send();
        break;
      case 5:
        receive();
        break;
      case 6:
        take();
        break;
      default:
        return_credit();
    }
    if (below(5000) == 0) lose();
    REQUIRE(queue_.memory() <= max_bytes + max_session_bytes);
  }

  /// Nothing is pushed any more: all must arrive.
  void finish() {
    for (int i = 0; i < 100'000 && !(queue_.empty() && wire_.empty()); ++i) {
      send();
      receive();
      take();
      idle_return();
    }
    REQUIRE(queue_.empty());
    REQUIRE(queue_.memory() == 0);
    while (!held_.empty()) take();
    idle_return();
    CHECK(sender_.available() == window);
    for (const auto& lane : expected_) {
      for (const auto& e : lane) CHECK_MESSAGE(e.is_volatile, "an accepted item did not arrive");
      missing_ += lane.size();
    }
    CHECK(missing_ == queue_.volatile_dropped());
  }

  std::size_t arrived = 0, refused = 0, dropped = 0, losses = 0;

 private:
  static constexpr std::size_t window = 400'000;
  static constexpr std::size_t max_bytes = 1'000'000;
  static constexpr std::size_t max_session_bytes = 500'000;

  std::size_t below(std::size_t n) { return random_() % n; }

  void push() {
    const auto any = below(6);
    const auto c = any > 3 ? item_class::fifo : static_cast<item_class>(any);
    const auto size = below(20) == 0 ? below(400'000) : below(3000);
    const auto number = ++last_number_;
    item_traits traits;
    traits.is_volatile = c == item_class::fifo && below(3) == 0;
    if (c == item_class::fifo && below(4) == 0) traits.request = request_id{number};
    if (queue_.push(numbered(c, number, size), traits) != push_result::accepted) {
      ++refused;
      return;
    }
    expected_[static_cast<std::size_t>(c)].push_back(
        {number, traits.is_volatile && !traits.request, traits.request.has_value()});
  }

  void send() {
    auto batch = queue_.take_batch(sender_.available());
    if (!batch) return;
    REQUIRE(batch->bytes.size() <= max_batch);
    REQUIRE(batch->cost == credit_cost(batch->bytes).value());
    sender_.spend(batch->cost);
    wire_.push_back(std::move(*batch));
  }

  void receive() {
    if (wire_.empty()) return;
    const auto batch = std::move(wire_.front());
    wire_.pop_front();
    REQUIRE(order_.check(batch.sequence) == batch_order::arrival::next);
    REQUIRE(receiver_.received(batch.cost));
    held_.push_back(batch.cost);
    wire_reader reader(batch.bytes);
    for (;;) {
      const auto next = reader.next();
      REQUIRE(next.has_value());
      if (!*next) break;
      const auto whole = joiner_.add(**next);
      REQUIRE(whole.has_value());
      if (*whole) arrive(**whole);
    }
  }

  /// In the order of its class; what is missing before it was volatile.
  void arrive(const raw_item& raw) {
    auto& lane = expected_[static_cast<std::size_t>(class_of(raw.kind))];
    const auto number = number_of(raw);
    while (!lane.empty() && lane.front().number != number) {
      REQUIRE(lane.front().is_volatile);
      lane.pop_front();
      ++missing_;
    }
    REQUIRE(!lane.empty());
    lane.pop_front();
    ++arrived;
    REQUIRE(missing_ <= queue_.volatile_dropped());
    dropped = queue_.volatile_dropped();
  }

  void take() {
    if (held_.empty()) return;
    REQUIRE(receiver_.taken(held_.front()));
    held_.pop_front();
  }

  void return_credit() {
    if (const auto due = receiver_.gathered_return()) REQUIRE(sender_.grant(due));
  }
  void idle_return() {
    if (const auto due = receiver_.idle_return()) REQUIRE(sender_.grant(due));
  }

  /// The link goes down and comes up again. Of what was accepted and did not arrive, the queue
  /// tells the requests, but for those already on the wire or dropped.
  void lose() {
    ++losses;
    std::set<std::uint64_t> waiting_requests;
    for (const auto& e : expected_[static_cast<std::size_t>(item_class::fifo)])
      if (e.is_request) waiting_requests.insert(e.number);
    const auto waiting = queue_.waiting();
    const auto lost = queue_.clear();
    CHECK(lost.items == waiting);
    std::uint64_t previous = 0;
    for (const auto id : lost.requests) {
      CHECK(waiting_requests.count(id.value) == 1);
      CHECK(id.value > previous);
      previous = id.value;
    }
    CHECK(queue_.empty());
    missing_ = queue_.volatile_dropped();
    for (auto& lane : expected_) lane.clear();
    wire_.clear();
    held_.clear();
    joiner_ = part_joiner{};
    sender_ = send_credit{window};
    receiver_ = receive_credit{window};
    order_ = {};
  }

  std::mt19937 random_;
  link_queue queue_{{.max_bytes = max_bytes, .max_session_bytes = max_session_bytes}};
  send_credit sender_{window};
  receive_credit receiver_{window};
  batch_order order_;
  part_joiner joiner_;
  std::deque<outbound_batch> wire_;
  std::deque<std::size_t> held_;
  std::array<std::deque<accepted_item>, 4> expected_;
  std::uint64_t last_number_ = 0;
  std::uint64_t missing_ = 0;
};

}  // namespace

TEST_CASE("over a link that is lost at times, what was accepted arrives once and in order") {
  std::size_t arrived = 0, refused = 0, dropped = 0, losses = 0;
  for (std::uint32_t seed = 1; seed <= 10; ++seed) {
    CAPTURE(seed);
    linked l(seed);
    for (int i = 0; i < 20'000; ++i) l.step();
    l.finish();
    arrived += l.arrived;
    refused += l.refused;
    dropped += l.dropped;
    losses += l.losses;
  }
  // Everything that can happen did happen.
  CHECK(arrived > 10'000);
  CHECK(refused > 100);
  CHECK(dropped > 100);
  CHECK(losses > 10);
}
