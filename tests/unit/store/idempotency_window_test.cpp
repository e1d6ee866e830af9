#include "cluster/push/store/idempotency_window.hpp"

#include <doctest/doctest.h>

#include "tests/unit/store/store_values.hpp"

using namespace pushmesh::cluster::push;
using namespace std::chrono_literals;
using pushmesh::test::at;
using verdict = idempotency_window::verdict;

namespace {

store_limits short_window() {
  store_limits l;
  l.idempotency_window = 100ms;
  return l;
}
const message_id a("a");

}  // namespace

TEST_CASE("the answer of the first push of an id is that of all others") {
  idempotency_window w(short_window());
  CHECK(w.begin(a, 1, at(0)).what == verdict::first);
  CHECK(w.begin(a, 1, at(1)).what == verdict::running);
  w.finish(a, "yes");
  w.finish(a, "no");
  const auto again = w.begin(a, 1, at(99));
  CHECK(again.what == verdict::duplicate);
  CHECK(again.answer == "yes");
}

TEST_CASE("another content under the same id is a conflict, running or answered") {
  idempotency_window w(short_window());
  w.begin(a, 1, at(0));
  CHECK(w.begin(a, 2, at(1)).what == verdict::conflict);
  w.finish(a, "yes");
  CHECK(w.begin(a, 2, at(1)).what == verdict::conflict);
}

TEST_CASE("behind the window an id is new again") {
  idempotency_window w(short_window());
  w.begin(a, 1, at(0));
  w.finish(a, "yes");
  CHECK(w.begin(a, 1, at(99)).what == verdict::duplicate);
  CHECK(w.begin(a, 2, at(100)).what == verdict::first);
  CHECK(w.size() == 1);
}

TEST_CASE("a push that failed before anything was sent may be tried again") {
  idempotency_window w(short_window());
  w.begin(a, 1, at(0));
  w.abandon(a);
  CHECK(w.begin(a, 2, at(1)).what == verdict::first);
  w.finish(a, "yes");
  w.abandon(a);
  CHECK(w.begin(a, 2, at(2)).what == verdict::duplicate);
  // The first one's end of the window is not the second one's.
  CHECK(w.begin(a, 2, at(100)).what == verdict::duplicate);
  CHECK(w.begin(a, 2, at(101)).what == verdict::first);
}

TEST_CASE("a push that runs for longer than the window is not run twice") {
  idempotency_window w(short_window());
  w.begin(a, 1, at(0));
  CHECK(w.begin(a, 1, at(150)).what == verdict::running);
  w.finish(a, "yes");
  CHECK(w.begin(a, 1, at(160)).what == verdict::duplicate);
  w.expire(at(400));
  CHECK(w.size() == 0);
  CHECK(w.bytes() == 0);
}

TEST_CASE("a full window refuses new ids and knows the old ones") {
  auto limits = short_window();
  limits.idempotency_entries = 2;
  idempotency_window w(limits);
  w.begin(a, 1, at(0));
  w.begin(message_id("b"), 1, at(0));
  CHECK(w.begin(message_id("c"), 1, at(1)).what == verdict::full);
  CHECK(w.begin(a, 1, at(1)).what == verdict::running);
  w.finish(a, "yes");
  CHECK(w.begin(message_id("c"), 1, at(100)).what == verdict::first);

  limits.idempotency_entries = 100;
  limits.idempotency_bytes = 4;
  idempotency_window narrow(limits);
  narrow.begin(a, 1, at(0));
  narrow.finish(a, "12345");
  CHECK(narrow.begin(message_id("b"), 1, at(0)).what == verdict::full);
}
