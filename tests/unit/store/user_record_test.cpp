#include "cluster/push/store/user_record.hpp"

#include <doctest/doctest.h>

#include <string>

#include "cluster/push/store/user_receipts.hpp"
#include "tests/unit/store/store_values.hpp"

using namespace pushmesh::cluster::push;
using pushmesh::test::at;
using pushmesh::test::device_on;
using pushmesh::test::message_alone;
using pushmesh::test::socket_number;

namespace {

const user_id u1("u1");
const device_id phone("phone");

struct one_user {
  store_limits limits;
  user_record user{u1};
  push_log log{100};
  user_changes changes;

  void push(const char* id, std::int64_t now = 0, std::int64_t ttl = 1'000'000) {
    user.read_log(log, limits, at(now), changes);
    CHECK(user.enqueue(message_alone(id, now, ttl), limits, at(now), changes).has_value());
  }
  void push_to(const char* tag, const char* id) {
    std::vector<tag_name> tags;
    if (*tag) tags.emplace_back(tag);
    log.append({{log.end().value + 1}, message_alone(id), tags.empty(), tags, {}, {}});
  }
  void read(std::int64_t now = 0) { user.read_log(log, limits, at(now), changes); }
  std::string queue() const {
    std::string ids;
    for (const auto& e : user.queue()) ids += e.message->id.text;
    return ids;
  }
  /// The copy that has carried out all changes.
  user_record copy() const {
    user_record c(u1);
    for (const auto& change : changes) c.apply(change);
    return c;
  }
};

}  // namespace

TEST_CASE("a login that is admitted is online, and its losers are not") {
  one_user f;
  CHECK(f.user.admit(device_on(1, 0), {}, {}, f.limits, f.changes)->losers.empty());
  const auto second = f.user.admit(device_on(2, 1), {}, {}, f.limits, f.changes);
  REQUIRE(second->losers.size() == 1);
  CHECK(second->losers[0].device == device_on(1, 0));
  CHECK(f.user.devices() == std::vector{device_on(2, 1)});
  CHECK(f.copy() == f.user);
}

TEST_CASE("the same login again changes nothing") {
  one_user f;
  static_cast<void>(f.user.admit(device_on(1), {tag_name("a")}, {}, f.limits, f.changes));
  const auto before = f.changes.size();
  CHECK(f.user.admit(device_on(1), {tag_name("a")}, {}, f.limits, f.changes).has_value());
  CHECK(f.changes.size() == before);
}

TEST_CASE("a refused login changes nothing and says why") {
  one_user f;
  const device_policy refuse{device_policy::rule::refuse, 1};
  static_cast<void>(f.user.admit(device_on(1), {}, refuse, f.limits, f.changes));
  const auto before = f.changes.size();
  CHECK(f.user.admit(device_on(2), {tag_name("a")}, refuse, f.limits, f.changes).error() ==
        store_errc::duplicate_session);
  f.limits.devices_per_user = 1;
  const device_policy many{device_policy::rule::max, 9};
  CHECK(f.user.admit(device_on(2), {}, many, f.limits, f.changes).error() == store_errc::full);
  CHECK(f.changes.size() == before);
}

TEST_CASE("a socket is released once, and one that lost already is not known") {
  one_user f;
  static_cast<void>(f.user.admit(device_on(1), {}, {}, f.limits, f.changes));
  static_cast<void>(f.user.admit(device_on(2), {}, {}, f.limits, f.changes));
  CHECK_FALSE(f.user.release(socket_number(1), f.changes));
  CHECK(f.user.release(socket_number(2), f.changes));
  CHECK_FALSE(f.user.release(socket_number(2), f.changes));
  CHECK(f.user.devices().empty());
}

TEST_CASE("the tags of a token last until the next login, granted ones until taken away") {
  one_user f;
  CHECK(f.user.tag(tag_name("vip"), tag_source::granted, f.limits, f.changes).has_value());
  static_cast<void>(
      f.user.admit(device_on(1), {tag_name("a"), tag_name("b")}, {}, f.limits, f.changes));
  f.user.release(socket_number(1), f.changes);
  CHECK(f.user.tags() == std::set{tag_name("a"), tag_name("b"), tag_name("vip")});
  static_cast<void>(
      f.user.admit(device_on(2), {tag_name("b"), tag_name("c")}, {}, f.limits, f.changes));
  CHECK(f.user.tags() == std::set{tag_name("b"), tag_name("c"), tag_name("vip")});
  f.user.untag(tag_name("vip"), f.changes);
  f.user.untag(tag_name("b"), f.changes);
  CHECK(f.user.tags() == std::set{tag_name("c")});
  CHECK(f.copy() == f.user);
}

TEST_CASE("tags are bounded, a token with too many is refused") {
  one_user f;
  f.limits.tags_per_user = 2;
  CHECK(f.user.tag(tag_name("a"), tag_source::granted, f.limits, f.changes).has_value());
  CHECK(f.user.tag(tag_name("a"), tag_source::granted, f.limits, f.changes).has_value());
  CHECK(f.user.tag(tag_name("b"), tag_source::granted, f.limits, f.changes).has_value());
  CHECK(f.user.tag(tag_name("c"), tag_source::granted, f.limits, f.changes).error() ==
        store_errc::full);
  CHECK(f.user.admit(device_on(1), {tag_name("x")}, {}, f.limits, f.changes).error() ==
        store_errc::full);
}

TEST_CASE("a message waits until it is acknowledged, and each attempt is counted") {
  one_user f;
  f.push("a");
  CHECK(f.user.sent(message_id("a"), at(1), f.changes) == 1);
  CHECK(f.user.sent(message_id("a"), at(2), f.changes) == 2);
  CHECK(f.user.sent(message_id("b"), at(2), f.changes) == 0);
  CHECK(f.user.acknowledge(message_id("a"), phone, at(3), f.changes));
  CHECK_FALSE(f.user.acknowledge(message_id("a"), phone, at(4), f.changes));
  CHECK(f.user.queue().empty());
}

TEST_CASE("the last message a client has acknowledges those before it, an unknown one none") {
  one_user f;
  for (const auto* id : {"a", "b", "c", "d"}) f.push(id);
  CHECK(f.user.acknowledge_through(message_id("x"), phone, at(1), f.changes) == 0);
  CHECK(f.queue() == "abcd");
  CHECK(f.user.acknowledge_through(message_id("c"), phone, at(1), f.changes) == 3);
  CHECK(f.queue() == "d");
  CHECK(f.user.acknowledge_through(message_id("d"), phone, at(1), f.changes) == 1);
  CHECK(f.copy() == f.user);
}

TEST_CASE("messages expire, each at its own time, and are not sent then") {
  one_user f;
  f.push("a", 0, 100);
  f.push("b", 0, 50);
  CHECK(f.user.sent(message_id("b"), at(50), f.changes) == 0);
  f.user.expire(at(50), f.changes);
  CHECK(f.queue() == "a");
  CHECK(std::get<message_removed>(f.changes.back()).why == removal::expired);
}

TEST_CASE("a full queue drops its oldest message or refuses the newest") {
  one_user f;
  f.limits.queue_per_user = 2;
  for (const auto* id : {"a", "b", "c"}) f.push(id);
  CHECK(f.queue() == "bc");
  f.limits.full_queue = queue_policy::refuse_newest;
  CHECK(f.user.enqueue(message_alone("d"), f.limits, at(1), f.changes).error() == store_errc::full);
  CHECK(f.queue() == "bc");
}

TEST_CASE("a queue is bounded in bytes, too, and a message beyond the bound is refused") {
  one_user f;
  f.limits.queue_bytes_per_user = 2 * stored_messages::cost(*message_alone("a"));
  for (const auto* id : {"a", "b", "c"}) f.push(id);
  CHECK(f.queue() == "bc");
  CHECK(f.user.queue().bytes() == f.limits.queue_bytes_per_user);
  f.user.acknowledge(message_id("b"), phone, at(1), f.changes);
  f.limits.queue_bytes_per_user = 10;
  CHECK(f.user.enqueue(message_alone("d"), f.limits, at(1), f.changes).error() == store_errc::full);
  CHECK(f.queue() == "c");
  CHECK(f.copy() == f.user);
}

TEST_CASE("expired messages make room in a full queue before any other is dropped") {
  one_user f;
  f.limits.queue_per_user = 2;
  f.push("a", 0, 1000);
  f.push("b", 0, 10);
  f.push("c", 20);
  CHECK(f.queue() == "ac");
}

TEST_CASE("one order over name, tag and all") {
  one_user f;
  static_cast<void>(f.user.tag(tag_name("t"), tag_source::granted, f.limits, f.changes));
  f.push("a");
  f.push_to("t", "b");
  f.push("c");
  f.push_to("", "d");
  f.push_to("other", "x");
  f.push_to("t", "e");
  f.push("f");
  f.push_to("", "g");
  f.read();
  CHECK(f.queue() == "abcdefg");
  CHECK(f.copy() == f.user);
}

TEST_CASE("who is named and tagged gets it once, also after he acknowledged it") {
  one_user f;
  f.push_to("", "a");
  f.push("a");
  CHECK(f.queue() == "a");
  f.user.acknowledge(message_id("a"), phone, at(1), f.changes);
  f.read();
  CHECK(f.queue().empty());
}

TEST_CASE("a tag reaches those who had it when the push came") {
  one_user f;
  f.push_to("t", "before");
  f.read();  // as before every operation
  static_cast<void>(f.user.tag(tag_name("t"), tag_source::granted, f.limits, f.changes));
  f.push_to("t", "+during+");
  f.read();
  f.user.untag(tag_name("t"), f.changes);
  f.push_to("t", "after");
  f.read();
  CHECK(f.queue() == "+during+");
}

TEST_CASE("a whole record is made again from its changes") {
  one_user f;
  static_cast<void>(f.user.admit(device_on(1, 5, "d"), {tag_name("a")}, {}, f.limits, f.changes));
  static_cast<void>(f.user.tag(tag_name("b"), tag_source::granted, f.limits, f.changes));
  f.push_to("", "x");
  f.push("y");
  f.user.sent(message_id("x"), at(1), f.changes);
  user_record copy(u1);
  for (const auto& c : f.user.whole()) copy.apply(c);
  CHECK(copy == f.user);
}

TEST_CASE("receipts follow the queue") {
  one_user f;
  f.limits.queue_per_user = 2;
  for (const auto* id : {"dropped", "acked", "expired"}) f.push(id, 0, 100);
  f.user.sent(message_id("acked"), at(1), f.changes);
  f.user.acknowledge(message_id("acked"), phone, at(2), f.changes);
  f.user.expire(at(100), f.changes);
  receipt_table receipts(f.limits);
  for (const auto& c : f.changes) note_receipts(receipts, u1, c);
  const auto of = [&](const char* id) { return receipts.find(message_id(id))->find(u1).value(); };
  CHECK(of("acked") == receipt{u1, phone, receipt_state::acked, at(0), at(1), at(2)});
  CHECK(of("expired").state == receipt_state::expired);
  CHECK(of("expired").ended_at == at(100));
  CHECK(of("dropped").state == receipt_state::expired);
}
