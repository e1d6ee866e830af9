#include "cluster/push/store/store_wire.hpp"

#include <doctest/doctest.h>

#include <string>

#include "cluster/push/store/user_record.hpp"
#include "tests/unit/store/store_over_wire.hpp"
#include "tests/unit/store/store_values.hpp"

using namespace pushmesh::cluster::push;
using pushmesh::test::at;
using pushmesh::test::device_on;
using pushmesh::test::message_alone;
using pushmesh::test::over_wire;
using pushmesh::test::socket_number;

TEST_CASE("a whole record is the same on the other side") {
  const user_id u("u1");
  const store_limits limits;
  user_record before(u);
  user_changes out;
  static_cast<void>(before.admit(device_on(1, 5, "d", "ios"), {tag_name("a")}, {}, limits, out));
  static_cast<void>(before.tag(tag_name("b"), tag_source::granted, limits, out));
  static_cast<void>(before.enqueue(message_alone("m"), limits, at(0), out));
  static_cast<void>(before.enqueue(message_alone("n"), limits, at(0), out));
  before.sent(message_id("m"), at(1), out);
  const record_head head{{{3, {}}, 4}, {{{2, {}}, 1}}};
  const auto m = std::get<copy_write>(over_wire(copy_write{u, head, true, before.whole()}));
  CHECK(m.user == u);
  CHECK(m.whole);
  CHECK(m.head.state == head.state);
  CHECK(m.head.past == head.past);
  user_record after(u);
  for (const auto& c : m.changes) after.apply(c);
  CHECK(after == before);
  CHECK(after.queue().begin()->message->args == R"("hello")");
  CHECK(after.queue().begin()->message->expires == at(1'000'000));
}

TEST_CASE("every change is the same on the other side") {
  const user_changes before{
      device_put{device_on(1, 5, "d", "ios")},
      device_gone{socket_number(2)},
      tag_put{tag_name("a"), tag_source::claimed},
      tag_gone{tag_name("b"), tag_source::granted},
      message_queued{message_alone("m"), 3, at(1)},
      message_sent{message_id("m"), 4, at(2)},
      message_removed{message_id("m"), removal::dropped, 5, device_id("d"), at(3)},
      cursor_moved{{77}},
  };
  const auto m = std::get<copy_write>(over_wire(copy_write{user_id("u"), {}, false, before}));
  REQUIRE(m.changes.size() == before.size());
  for (std::size_t i = 0; i < before.size(); ++i) CHECK(m.changes[i].index() == before[i].index());
  CHECK(std::get<device_put>(m.changes[0]).device == device_on(1, 5, "d", "ios"));
  CHECK(std::get<device_gone>(m.changes[1]).socket == socket_number(2));
  CHECK(std::get<tag_put>(m.changes[2]).source == tag_source::claimed);
  CHECK(std::get<tag_gone>(m.changes[3]).tag == tag_name("b"));
  CHECK(std::get<message_queued>(m.changes[4]).attempts == 3);
  CHECK(std::get<message_sent>(m.changes[5]).at == at(2));
  const auto& removed = std::get<message_removed>(m.changes[6]);
  CHECK(removed.why == removal::dropped);
  CHECK(removed.attempts == 5);
  CHECK(removed.device == device_id("d"));
  CHECK(removed.at == at(3));
  CHECK(std::get<cursor_moved>(m.changes[7]).to == log_position{77});
}

TEST_CASE("questions and answers are the same on the other side") {
  user_request ask{7, user_id("u"), {}};
  ask.operation.verb = user_verb::acknowledge;
  ask.operation.message = message_id("m");
  ask.operation.device.device = device_id("d");
  const auto asked = std::get<user_request>(over_wire(ask));
  CHECK(asked.operation.verb == user_verb::acknowledge);
  CHECK(asked.operation.message == message_id("m"));
  CHECK(asked.operation.device.device == device_id("d"));

  user_answer answer{7, false, {}};
  answer.outcome.error = store_errc::duplicate_session;
  answer.outcome.count = 3;
  answer.outcome.losers = {{device_on(1), loss_reason::replaced, platform_name("ios")}};
  answer.outcome.view = {{device_on(2)}, {tag_name("t")}, {{message_alone("m"), 2}}, 9};
  const auto answered = std::get<user_answer>(over_wire(answer));
  CHECK(answered.id == 7);
  CHECK(answered.outcome.error == store_errc::duplicate_session);
  CHECK(answered.outcome.count == 3);
  CHECK(answered.outcome.losers == answer.outcome.losers);
  CHECK(answered.outcome.view.devices == answer.outcome.view.devices);
  CHECK(answered.outcome.view.tags == answer.outcome.view.tags);
  REQUIRE(answered.outcome.view.waiting.size() == 1);
  CHECK(answered.outcome.view.waiting[0].attempts == 2);
  CHECK(answered.outcome.view.offline == 9);
}
