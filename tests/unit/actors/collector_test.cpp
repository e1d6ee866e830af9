#include "actors/ack_collector.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>

#include "tests/unit/actors/node_fixture.hpp"

using namespace pushmesh;
using namespace pushmesh::actors;
using namespace std::chrono_literals;

namespace {

/// A collector on a shard that runs, and what it came to.
struct collected {
  test::node_fixture node;
  std::promise<ack_result> done;
  int hurries = 0;
  std::shared_ptr<ack_collector> into;

  collected() {
    node.start();
    ack_collector::loss loss;
    loss.in = [](const ack_result& part) { return !part.nodes_missing.empty(); };
    loss.hurry = [this] { ++hurries; };
    into = std::make_shared<ack_collector>(
        *node.core->shards().front(), [this](ack_result r) { done.set_value(std::move(r)); },
        std::move(loss));
  }
  static ack_result missing(const std::string& node) {
    ack_result part;
    part.nodes_missing.push_back(node);
    return part;
  }
  ack_result result() {
    auto f = done.get_future();
    REQUIRE(f.wait_for(5s) == std::future_status::ready);
    return f.get();
  }
};

}  // namespace

TEST_CASE("a collector calls back once all were asked and all parts are there") {
  collected c;
  c.into->expect(2);
  c.into->add({});
  c.into->add(collected::missing("early"), true);  // a piece: more follows
  c.into->add({});
  CHECK(c.hurries == 0);  // somebody else might still be asked
  c.into->launched();
  CHECK(c.result().nodes_missing == std::vector<std::string>{"early"});
  CHECK(c.hurries == 0);
}

TEST_CASE("a collector hurries the others once when somebody is lost") {
  collected c;
  c.into->expect(3);
  c.into->add(collected::missing("a"));
  c.into->launched();
  CHECK(c.hurries == 1);
  c.into->add(collected::missing("b"));
  CHECK(c.hurries == 1);
  c.into->add({});
  CHECK(c.result().nodes_missing == std::vector<std::string>{"a", "b"});
}

TEST_CASE("nobody asked is an empty result") {
  collected c;
  c.into->launched();
  CHECK(c.result().complete());
}
