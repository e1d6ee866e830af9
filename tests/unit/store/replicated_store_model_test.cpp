// Random histories of some users on some nodes, with crashes, joins and views that change at
// different moments, against what was answered: the promises of docs/decisions/0015.

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/store/store_cluster.hpp"

using namespace pushmesh::cluster::push;
using pushmesh::test::socket_number;
using pushmesh::test::store_cluster;

namespace {

constexpr const char* users[] = {"ann", "bob", "cy"};

class history {
 public:
  history(std::uint32_t seed, bool partitions)
      : cluster_(3 + seed % 2, seed), partitions_(partitions) {}

  void run(int steps) {
    for (int i = 0; i < steps; ++i) {
      act();
      for (auto n = cluster_.number(12); n > 0; --n) cluster_.deliver();
      if (cluster_.number(5) == 0) cluster_.tick();
    }
    mend();
    REQUIRE(cluster_.settle());
    check();
  }

 private:
  struct sent {
    std::string user, id;
    store_cluster::answer stored, acked;
  };
  struct login {
    std::string user;
    std::uint32_t socket;
    std::size_t node;
    store_cluster::answer answer;
    bool out = false;
  };

  std::size_t some_node() {
    for (;;)
      if (const auto i = cluster_.number(cluster_.size() - 1); cluster_[i].alive) return i;
  }
  const char* some_user() { return users[cluster_.number(2)]; }

  void act() {
    const auto what = cluster_.number(19);
    if (what < 6) {
      const auto* u = some_user();
      const auto id = "m" + std::to_string(sent_.size());
      sent_.push_back({u, id, cluster_.enqueue(some_node(), u, id), nullptr});
    } else if (what < 10 && !sent_.empty()) {
      auto& s = sent_[cluster_.number(sent_.size() - 1)];
      if (*s.stored && !s.acked) s.acked = cluster_.acknowledge(some_node(), s.user.c_str(), s.id);
    } else if (what < 14) {
      const auto* u = some_user();
      const auto socket = static_cast<std::uint32_t>(logins_.size() + 1);
      const auto i = some_node();
      logins_.push_back({u, socket, i, cluster_.login(i, u, socket)});
    } else if (what < 15 && !logins_.empty()) {
      auto& l = logins_[cluster_.number(logins_.size() - 1)];
      if (l.out || !*l.answer || !cluster_[l.node].alive) return;
      static_cast<void>(cluster_.logout(l.node, l.user.c_str(), l.socket));
      l.out = true;
    } else if (what < 16 && cluster_.size() < 6) {
      cluster_.add();
      see_in_some_order();
    } else if (what < 17) {
      fault();
    }
  }
  /// One at a time: what it touched is on two nodes again before the next one.
  void fault() {
    mend();
    if (!cluster_.settle()) FAIL("does not settle between faults");
    std::size_t alive = 0;
    for (std::size_t i = 0; i < cluster_.size(); ++i) alive += cluster_[i].alive;
    if (!partitions_ && alive > 2) {
      const auto i = some_node();
      cluster_.kill(i);
    } else if (partitions_) {
      for (std::size_t i = 0; i < cluster_.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
          if (cluster_.number(2) == 0) cluster_.cut(i, j), cuts_.emplace_back(i, j);
    }
    see_in_some_order();
  }
  void mend() {
    for (const auto& [a, b] : cuts_) cluster_.heal(a, b);
    cuts_.clear();
    see_in_some_order();
  }
  void see_in_some_order() {
    const auto from = cluster_.number(cluster_.size() - 1);
    for (std::size_t i = 0; i < cluster_.size(); ++i) {
      cluster_.see((from + i) % cluster_.size());
      for (auto n = cluster_.number(5); n > 0; --n) cluster_.deliver();
    }
  }

  static bool done(const store_cluster::answer& a) { return a && *a && !(*a)->error; }

  void check() {
    for (const auto* u : users) {
      CAPTURE(u);
      const auto view = cluster_.look(some_node(), u);
      check_messages(u, view);
      check_devices(u, view);
      CHECK(cluster_.holders(user_id(u)) <= 2);
    }
  }
  void check_messages(const std::string& u, const user_view& view) {
    std::vector<std::string> waiting;
    for (const auto& e : view.waiting) waiting.push_back(e.message->id.text);
    std::set<std::string> const once(waiting.begin(), waiting.end());
    CHECK(once.size() == waiting.size());
    for (const auto& s : sent_) {
      if (s.user != u) continue;
      CAPTURE(s.id);
      const bool waits = once.contains(s.id);
      // Nothing that was answered is lost, and without partitions nothing comes back.
      if (done(s.stored) && !s.acked) CHECK(waits);
      if (!partitions_ && done(s.acked)) CHECK_FALSE(waits);
    }
  }
  void check_devices(const std::string& u, const user_view& view) {
    CHECK(view.devices.size() <= 1);
    std::size_t online = 0;
    for (const auto& l : logins_) {
      if (l.user != u) continue;
      CAPTURE(l.socket);
      const auto socket = socket_number(l.socket);
      const bool is_online = !view.devices.empty() && view.devices[0].socket == socket;
      online += is_online;
      // What its node believes and what the owner believes is the same.
      CHECK(cluster_.logins(socket) == (is_online ? 1 : 0));
      if (is_online) CHECK(cluster_.times_told(socket) == 0);
      CHECK(cluster_.times_told(socket) <= 1);
      const bool ends_quietly = l.out || !cluster_[l.node].alive || !done(l.answer);
      if (!is_online && !ends_quietly) CHECK(cluster_.times_told(socket) == 1);
    }
    CHECK(online == view.devices.size());
  }

  store_cluster cluster_;
  const bool partitions_;
  std::vector<sent> sent_;
  std::vector<login> logins_;
  std::vector<std::pair<std::size_t, std::size_t>> cuts_;
};

}  // namespace

TEST_CASE("nothing that was answered is lost by crashes and joins, and each loser is told once") {
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    history(seed, false).run(60);
  }
}

TEST_CASE("nothing that was answered is lost by partitions, and each loser is told once") {
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    history(seed, true).run(60);
  }
}
