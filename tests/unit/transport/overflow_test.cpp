#include "net/transport/overflow.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace pushmesh::net;
using pushmesh::overflow_policy;
using action = overflow_verdict::action;

namespace {

frame_ref message(std::size_t size, std::uint32_t event = 1, bool is_volatile = false) {
  return make_frame(ws_opcode::binary, {std::string(size - 2, 'x')},
                    {.is_volatile = is_volatile, .event_hash = event, .policy = 0});
}

struct full_queue {
  outbound_budget budget{1 << 30};
  outbound_queue queue;
  full_queue() {
    for (std::uint32_t event : {1, 2, 1, 2}) queue.push(message(25, event), budget);
  }
  overflow_verdict ask(const frame_ref& f, overflow_policy policy) {
    return make_room(queue, *f, policy, 100);
  }
};

}  // namespace

TEST_CASE("any message fits an empty queue") {
  outbound_queue queue;
  CHECK(make_room(queue, *message(100), overflow_policy::close, 10).what == action::queue);
}

TEST_CASE_FIXTURE(full_queue, "the bound is inclusive") {
  queue.consume(25);
  CHECK(ask(message(25), overflow_policy::close).what == action::queue);
  CHECK(ask(message(26), overflow_policy::close).what == action::close);
}

TEST_CASE_FIXTURE(full_queue, "close closes, drop_newest drops") {
  CHECK(ask(message(25), overflow_policy::close).what == action::close);
  CHECK(ask(message(25), overflow_policy::drop_newest).what == action::drop);
  CHECK(queue.frames() == 4);
}

TEST_CASE_FIXTURE(full_queue, "drop_oldest makes just enough room") {
  const auto verdict = ask(message(30), overflow_policy::drop_oldest);
  CHECK(verdict.what == action::queue);
  CHECK(verdict.dropped == 2);
  CHECK(queue.bytes() == 50);
}

TEST_CASE_FIXTURE(full_queue, "a message larger than the bound leaves only itself") {
  const auto verdict = ask(message(500), overflow_policy::drop_oldest);
  CHECK(verdict.what == action::queue);
  CHECK(verdict.dropped == 4);
  CHECK(queue.empty());
}

TEST_CASE_FIXTURE(full_queue, "coalesce drops its own event first, then the oldest") {
  CHECK(ask(message(40, 2), overflow_policy::coalesce).dropped == 2);
  CHECK(queue.bytes() == 50);
  CHECK(ask(message(60, 3), overflow_policy::coalesce).dropped == 1);
  CHECK(queue.bytes() == 25);
}

TEST_CASE_FIXTURE(full_queue, "a volatile message is dropped whatever the policy") {
  for (auto policy : {overflow_policy::close, overflow_policy::drop_oldest,
                      overflow_policy::drop_newest, overflow_policy::coalesce})
    CHECK(ask(message(25, 1, true), policy).what == action::drop);
  CHECK(queue.frames() == 4);
}

TEST_CASE_FIXTURE(full_queue, "queued volatile messages go before the policy acts") {
  queue.clear();
  queue.push(message(50, 1, true), budget);
  queue.push(message(50, 1), budget);
  const auto verdict = ask(message(50), overflow_policy::close);
  CHECK(verdict.what == action::queue);
  CHECK(verdict.dropped == 1);
}

TEST_CASE_FIXTURE(full_queue, "what is no event makes room among events and is never dropped") {
  for (auto policy :
       {overflow_policy::drop_oldest, overflow_policy::drop_newest, overflow_policy::coalesce}) {
    full_queue fresh;
    const auto verdict = fresh.ask(message(25, 0), policy);
    CHECK(verdict.what == action::queue);
    CHECK(verdict.dropped == 1);
  }
  queue.clear();
  for (int i = 0; i < 4; ++i) queue.push(message(25, 0), budget);
  CHECK(ask(message(25, 0), overflow_policy::drop_oldest).what == action::close);
  CHECK(ask(message(25, 1), overflow_policy::drop_oldest).what == action::drop);
}
