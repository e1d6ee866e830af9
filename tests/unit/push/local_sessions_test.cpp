#include "cluster/push/local_sessions.hpp"

#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace pushmesh::cluster::push;
using namespace std::chrono_literals;

namespace {

pushmesh::socket_id socket_number(char n) {
  std::array<char, pushmesh::socket_id::length> text;
  text.fill(n);
  return pushmesh::socket_id(text);
}

class scene {
 public:
  claim_ptr claim(std::string user, char socket, std::string platform = "") {
    return std::make_shared<const session_claim>(session_claim{++numbers,
                                                               std::move(user),
                                                               "",
                                                               std::move(platform),
                                                               time_point(1ms * numbers),
                                                               false,
                                                               socket_number(socket),
                                                               {}});
  }
  // The same, which comes back.
  static claim_ptr again(const session_claim& earlier, std::uint64_t number) {
    auto copy = earlier;
    copy.number = number;
    copy.comes_back = true;
    return std::make_shared<const session_claim>(std::move(copy));
  }
  session_verdict admit(const claim_ptr& c) {
    std::vector<session_verdict> answers;
    sessions.admit(c, [&](session_verdict a) { answers.push_back(std::move(a)); });
    REQUIRE(answers.size() == 1);
    return answers.front();
  }

  std::uint64_t numbers = 0;
  std::vector<std::string> ended;  // "number by platform"
  local_sessions sessions{[this](const session_claim& c, const session_end& why) {
    CHECK(why.why == session_end::reason::replaced);
    CHECK_FALSE(why.text.empty());
    ended.push_back(std::to_string(c.number) + " by " + why.by);
  }};
};

}  // namespace

TEST_CASE("the newest session of a user ends the one before") {
  scene s;
  CHECK(s.admit(s.claim("u", 'a')).admitted);
  CHECK(s.admit(s.claim("v", 'b')).admitted);
  CHECK(s.ended.empty());
  CHECK(s.admit(s.claim("u", 'c', "ios")).admitted);
  CHECK(s.ended == std::vector<std::string>{"1 by ios"});
  CHECK(s.sessions.users() == 2);
}

TEST_CASE("a socket that logs in anew as the same user replaces itself silently") {
  scene s;
  const auto first = s.claim("u", 'a'), second = s.claim("u", 'a');
  s.admit(first);
  s.admit(second);
  CHECK(s.ended.empty());
  s.sessions.released(*first);
  CHECK(s.sessions.users() == 1);
  s.sessions.released(*second);
  s.sessions.released(*second);
  CHECK(s.sessions.users() == 0);
}

TEST_CASE("a loser that lets go does not take the winner's session") {
  scene s;
  const auto loser = s.claim("u", 'a'), winner = s.claim("u", 'b');
  s.admit(loser);
  s.admit(winner);
  s.sessions.released(*loser);
  CHECK(s.sessions.users() == 1);
  s.admit(s.claim("u", 'c'));
  CHECK(s.ended == std::vector<std::string>{"1 by ", "2 by "});
}

TEST_CASE("a socket that comes back yields to who logged in meanwhile, and to nobody else") {
  scene s;
  const auto old = s.claim("u", 'a'), newer = s.claim("u", 'b', "tv");
  s.admit(old);
  s.sessions.released(*old);
  CHECK(s.admit(s.again(*old, 10)).admitted);
  s.admit(newer);
  CHECK(s.ended == std::vector<std::string>{"10 by tv"});
  const auto refused = s.admit(s.again(*old, 11));
  CHECK_FALSE(refused.admitted);
  CHECK(refused.refusal.code == error_code::duplicate_session);
  CHECK(refused.by == "tv");
  CHECK(s.ended.size() == 1);
  CHECK(s.sessions.users() == 1);
}
