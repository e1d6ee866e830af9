#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "cluster/link/membership.hpp"

namespace pushmesh::test {

inline cluster::peer_identity somebody(std::string name, std::uint64_t started) {
  cluster::peer_identity p;
  p.name = std::move(name);
  p.address = p.name + ":7000";
  p.cluster = "test";
  p.incarnation = cluster::incarnation_id::make(started, {1, 2, 3});
  p.tag = {'t', 'a', 'g', char('a' + started % 26), char('a' + started / 26 % 26), 'x'};
  return p;
}

/// A membership with its clock; most tests need one node and play the others.
struct played_membership {
  using membership = cluster::membership;
  using task = cluster::membership_task;
  using link_id = cluster::link_id;

  explicit played_membership(std::vector<std::string> peers,
                             cluster::membership_options options = {},
                             cluster::peer_identity own = somebody("own", 100))
      : members(
            std::move(own), peers, [this] { return random(); }, options) {}

  std::mt19937_64 random{4};
  membership::clock::time_point now{};
  membership members;
  membership::actions last;

  const cluster::membership_action* find(task t, const membership::actions& in) const {
    const auto at = std::find_if(in.begin(), in.end(), [&](auto& a) { return a.task == t; });
    return at == in.end() ? nullptr : &*at;
  }
  bool did(task t) const { return find(t, last) != nullptr; }
  const cluster::membership_action& got(task t) const {
    const auto* const a = find(t, last);
    REQUIRE(a != nullptr);
    return *a;
  }
  std::size_t count(task t) const {
    return std::count_if(last.begin(), last.end(), [&](auto& a) { return a.task == t; });
  }
  void tick(std::chrono::milliseconds later = {}) { last = members.tick(now += later); }
  /// Ticks until `t` is wanted; false after `limit`.
  bool wait_for(task t, std::chrono::milliseconds limit = std::chrono::seconds(15)) {
    for (const auto end = now + limit; now < end;)
      if (tick(std::chrono::milliseconds(50)), did(t)) return true;
    return false;
  }
  /// From a probe to a sent hello.
  link_id dial() {
    if (!did(task::probe)) REQUIRE(wait_for(task::probe));
    const auto link = got(task::probe).link;
    last = members.probed(link, true, now);
    CHECK(got(task::dial).link == link);
    last = members.dialled(link, cluster::dial_result::connected, now);
    CHECK(got(task::send_hello).link == link);
    return link;
  }
  link_id accept(const cluster::peer_identity& who) {
    const auto link = members.accepted(now).value();
    last = members.hello(link, who, now);
    return link;
  }
  cluster::route_state state_of(const std::string& address) const {
    for (const auto& r : members.routes())
      if (r.address == address) return r.state;
    FAIL("no route " << address);
    return {};
  }
  bool knows(const std::string& address) const {
    const auto all = members.routes();
    return std::any_of(all.begin(), all.end(), [&](auto& r) { return r.address == address; });
  }
};

}  // namespace pushmesh::test
