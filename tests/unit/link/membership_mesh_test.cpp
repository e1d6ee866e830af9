// Whole clusters of membership over a simulated network.
#include <doctest/doctest.h>

#include "membership_network.hpp"

using namespace std::chrono_literals;

TEST_CASE("simultaneous cross dials end with one link, the same on both sides, and no flapping") {
  for (unsigned seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    membership_network net(seed, 2);
    net.start(0, {net.address(1)});
    net.start(1, {net.address(0)});
    CHECK(net.run_until([&] { return net.full_mesh(); }, 3s) < 3s);
    net.run(5s);
    CHECK(net.full_mesh());
    for (int i : {0, 1}) {
      CHECK(net[i].ups == 1);
      CHECK(net[i].downs == 0);
      CHECK(net[i].log.empty());
    }
  }
}

TEST_CASE("one reachable peer is enough to find all others") {
  for (unsigned seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    membership_network net(seed, 6);
    net.start(0, {});
    for (int i = 1; i < 6; ++i) net.start(i, {net.address(0), "10.9.9.9:1"});
    CHECK(net.run_until([&] { return net.full_mesh(); }, 10s) < 10s);
    net.run(10s);
    CHECK(net.full_mesh());
    for (int i = 0; i < 6; ++i) CHECK(net[i].downs == 0);
  }
}

TEST_CASE("a cut of thirty seconds heals within five, even if only one side knows the other") {
  auto worst = 0ms;
  for (unsigned seed = 0; seed < 150; ++seed) {
    CAPTURE(seed);
    membership_network net(seed, 2);
    net.start(0, {});
    net.start(1, {net.address(0)});
    REQUIRE(net.run_until([&] { return net.full_mesh(); }, 3s) < 3s);
    net.cut(0, 1);
    net.run(30s + std::chrono::milliseconds(net.random()() % 3000));
    for (int i : {0, 1}) CHECK(net[i].up.empty());
    net.heal(0, 1);
    const auto took = net.run_until([&] { return net.full_mesh(); }, 10s);
    CHECK(took < 5s);
    worst = std::max(worst, took);
  }
  MESSAGE("slowest healing: ", worst.count(), " ms");
}

TEST_CASE("a killed node that returns under its name is a new peer within five seconds") {
  for (unsigned seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    membership_network net(seed, 3);
    net.start(0, {net.address(1), net.address(2)});
    for (int i : {1, 2}) net.start(i, {net.address(0)});
    REQUIRE(net.run_until([&] { return net.full_mesh(); }, 5s) < 5s);
    net.kill(2);
    net.run(std::chrono::milliseconds(net.random()() % 20'000));
    net.start(2, {net.address(1)});
    CHECK(net.run_until([&] { return net.full_mesh(); }, 5s) < 5s);
    for (int i : {0, 1}) CHECK(net[i].log.empty());
  }
}

TEST_CASE("a node that restarts behind a cut is taken back, its old run declared down first") {
  for (unsigned seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    membership_network net(seed, 2);
    net.start(0, {net.address(1)});
    net.start(1, {net.address(0)});
    REQUIRE(net.run_until([&] { return net.full_mesh(); }, 3s) < 3s);
    net.run(2s);    // no dial is under way
    net.cut(0, 1);  // node 0 does not see the end of the connections
    net.run(std::chrono::milliseconds(net.random()() % 2000));
    net.kill(1);
    net.start(1, {net.address(0)});
    net.heal(0, 1);
    CHECK(net.run_until([&] { return net.full_mesh(); }, 5s) < 5s);
    CHECK(net[0].up == std::set<std::string>{net.address(1)});
    CHECK(net[0].ups == 2);
    CHECK(net[0].downs == 1);
  }
}

TEST_CASE("a goodbye is no failure: the node is forgotten where it was only learned") {
  membership_network net(5, 3);
  net.start(0, {});
  net.start(1, {net.address(0)});
  net.start(2, {net.address(0), net.address(1)});
  REQUIRE(net.run_until([&] { return net.full_mesh(); }, 5s) < 5s);
  net.run(6s);  // nobody still tells of it
  net.leave(1);
  net.run(2s);  // dials under way come to an end
  const auto knows = [&](int i, int other) {
    for (const auto& r : net[i].members->routes())
      if (r.address == net.address(other)) return true;
    return false;
  };
  CHECK(net[0].up.size() == 1);
  CHECK_FALSE(knows(0, 1));
  CHECK(knows(2, 1));  // configured
  net.start(1, {net.address(0)});
  CHECK(net.run_until([&] { return net.full_mesh(); }, 5s) < 5s);
}

TEST_CASE("two nodes with one tag: the later is asked to restart, the earlier stays") {
  membership_network net(9, 3);
  auto early = net.identity(0), late = net.identity(1);
  if (late.incarnation < early.incarnation) std::swap(late.incarnation, early.incarnation);
  late.tag = early.tag;
  net.start(0, {net.address(1)}, early);
  net.start(1, {net.address(0)}, late);
  net.start(2, {net.address(0), net.address(1)});
  net.run(5s);
  CHECK_FALSE(net[0].asked_to_restart);
  CHECK(net[1].asked_to_restart);
  net.kill(1);
  net.start(1, {net.address(0)});
  CHECK(net.run_until([&] { return net.full_mesh(); }, 5s) < 5s);
}

TEST_CASE("a second node with a live node's name stays out until the first is gone") {
  membership_network net(11, 3);
  net.start(0, {});
  net.start(1, {net.address(0)});
  REQUIRE(net.run_until([&] { return net.full_mesh(); }, 3s) < 3s);
  auto impostor = net.identity(2);
  impostor.name = net.address(1);
  net.start(2, {net.address(0)}, impostor);
  net.run(20s);
  CHECK(net.linked(0, 1));
  CHECK_FALSE(net.linked(0, 2));
  CHECK(net[0].log.size() == 1);  // one clear line, not one per attempt
  CHECK(net[2].log.size() == 1);
  net.kill(1);
  CHECK(net.run_until([&] { return net.linked(0, 2); }, 15s) < 15s);
}

TEST_CASE("a client has one node and takes another when it is lost") {
  membership_network net(13, 4);
  for (int i : {0, 1, 2}) net.start(i, {net.address(0)});
  REQUIRE(net.run_until([&] { return net.full_mesh(); }, 5s) < 5s);
  auto client = net.identity(3);
  client.role = pushmesh::cluster::peer_role::client;
  client.address.clear();
  net.start(3, {net.address(0), net.address(1), net.address(2)}, client);
  for (int lost = 0; lost < 3; ++lost) {
    CHECK(net.run_until([&] { return net[3].up.size() == 1; }, 5s) < 5s);
    net.run(3s);
    REQUIRE(net[3].up.size() == 1);
    for (int i : {0, 1, 2})
      if (net.address(i) == *net[3].up.begin() && lost < 2) net.kill(i);
  }
}

TEST_CASE("after any mixture of faults the mesh is full again within five seconds") {
  auto worst = 0ms;
  for (unsigned seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    membership_network net(1000 + seed, 4);
    std::vector<std::string> all;
    for (int i = 0; i < net.size(); ++i) all.push_back(net.address(i));
    for (int i = 0; i < net.size(); ++i) net.start(i, all);  // their own address, too
    const auto pick = [&](int below) { return static_cast<int>(net.random()() % below); };
    for (int round = 0; round < 4; ++round) {
      for (int fault = 0; fault < 12; ++fault) {
        const auto a = pick(4), b = (a + 1 + pick(3)) % 4;
        switch (pick(6)) {
          case 0:
            net.cut(a, b);
            break;
          case 1:
            net.heal(a, b);
            break;
          case 2:
            net.kill(a);
            break;
          case 3:
            if (!net[a].members) net.start(a, all);
            break;
          case 4:
            net[a].frozen = true;
            break;
          default:
            net[a].frozen = false;
        }
        net.run(std::chrono::milliseconds(pick(3000)));
      }
      net.heal_all();
      for (int i = 0; i < net.size(); ++i) {
        net[i].frozen = false;
        if (!net[i].members) net.start(i, all);
      }
      const auto took = net.run_until([&] { return net.full_mesh(); }, 10s);
      CHECK(took < 5s);
      worst = std::max(worst, took);
      net.run(6s);
      CHECK(net.full_mesh());
      for (int i = 0; i < net.size(); ++i)
        for (const auto& line : net[i].log) CHECK(line.find("TWICE") == line.npos);
    }
  }
  MESSAGE("slowest recovery: ", worst.count(), " ms");
}
