#include "cluster/push/store/push_log.hpp"

#include <doctest/doctest.h>

#include <string>

#include "tests/unit/store/store_values.hpp"

using namespace pushmesh::cluster::push;
using pushmesh::test::at;
using pushmesh::test::message_alone;

namespace {

log_entry to_all(std::uint64_t position, const char* id, std::int64_t ttl = 1000) {
  return {{position}, message_alone(id, 0, ttl), true, {}, {}, {}};
}

std::string read(const push_log& log, std::uint64_t after, std::int64_t now = 1) {
  std::string ids;
  log.read({after}, at(now), [&](const log_entry& e) { ids += e.message->id.text; });
  return ids;
}

}  // namespace

TEST_CASE("a user reads what lies behind his cursor, in order") {
  push_log log(10);
  CHECK(log.append(to_all(1, "a")));
  CHECK(log.append(to_all(5, "b")));
  CHECK(log.append(to_all(6, "c")));
  CHECK(read(log, 0) == "abc");
  CHECK(read(log, 1) == "bc");
  CHECK(read(log, 3) == "bc");
  CHECK(read(log, 6).empty());
  CHECK(log.end() == log_position{6});
}

TEST_CASE("what does not come behind all others is refused") {
  push_log log(10);
  log.append(to_all(5, "a"));
  CHECK_FALSE(log.append(to_all(5, "b")));
  CHECK_FALSE(log.append(to_all(4, "b")));
  log.skip_to({9});
  log.skip_to({7});
  CHECK_FALSE(log.append(to_all(9, "b")));
  CHECK(log.append(to_all(10, "b")));
  CHECK(read(log, 0) == "ab");
}

TEST_CASE("expired entries are not read, and go") {
  push_log log(10);
  log.append(to_all(1, "a", 100));
  log.append(to_all(2, "b", 50));
  log.append(to_all(3, "c", 200));
  CHECK(read(log, 0, 60) == "ac");
  log.expire(at(60));
  CHECK(log.size() == 2);
  log.expire(at(1000));
  CHECK(log.size() == 0);
  CHECK(log.end() == log_position{3});
  CHECK(log.dropped() == 0);
}

TEST_CASE("a full log drops its oldest entry and counts it") {
  push_log log(2);
  for (std::uint64_t i = 1; i <= 5; ++i) log.append(to_all(i, "x"));
  CHECK(log.size() == 2);
  CHECK(log.dropped() == 3);
  CHECK(read(log, 0) == "xx");
}

TEST_CASE("an entry reaches who has one of its tags, less the exceptions") {
  log_entry e{{1}, message_alone("a"), false, {tag_name("x"), tag_name("y")}, {}, {}};
  const auto has = [](std::string tags) {
    return [tags](const tag_name& t) { return tags.find(t.text) != tags.npos; };
  };
  const user_id u("u");
  CHECK(e.reaches(u, has("x")));
  CHECK(e.reaches(u, has("yz")));
  CHECK_FALSE(e.reaches(u, has("z")));
  CHECK_FALSE(e.reaches(u, has("")));
  e.except_tags = {tag_name("z")};
  CHECK_FALSE(e.reaches(u, has("yz")));
  e.except_users = {u};
  CHECK_FALSE(e.reaches(u, has("x")));
  CHECK(e.reaches(user_id("v"), has("x")));
  e.everybody = true;
  CHECK(e.reaches(user_id("v"), has("")));
  CHECK_FALSE(e.reaches(user_id("v"), has("z")));
}
