#include "actors/shard_batch.hpp"

#include <doctest/doctest.h>

#include <future>
#include <memory>
#include <string>

#include "actors/local_router.hpp"
#include "tests/unit/actors/node_fixture.hpp"

using namespace pushmesh;
using namespace pushmesh::actors;
using pushmesh::test::node_fixture;

namespace {

std::shared_ptr<const address> to_room(std::string name) {
  auto to = std::make_shared<address>();
  to->nsp = "/";
  to->rooms = {std::move(name)};
  to->everybody = false;
  return to;
}

}  // namespace

TEST_CASE("what one shard gets of a batch is read until the token goes, and in its order") {
  node_fixture node;
  node.start();
  const auto c = node.join();
  auto& router = node.core->routes().here();
  shard_batch batch(*node.core);

  std::promise<void> released;
  auto bytes = std::make_unique<std::string>(R"("first")");
  const std::string_view args = *bytes;
  const auto to = to_room(node.id_of(c));
  CHECK(router.emit_to_one_shard(to, "n", args, batch));
  payload second;
  second.json = "2";
  router.emit(to, "n", second, 0, batch);
  CHECK(router.emit_to_one_shard(to, "nothing", "", batch));
  batch.submit(std::shared_ptr<void>(nullptr, [&released, kept = std::move(bytes)](void*) mutable {
    kept->assign(kept->size(), '!');  // whoever reads it now is found out
    released.set_value();
  }));
  released.get_future().get();

  const auto sent = node.sent(c);
  REQUIRE(sent.size() == 4);  // behind the answer to CONNECT
  CHECK(sent[1] == R"(42["n","first"])");
  CHECK(sent[2] == R"(42["n",2])");
  CHECK(sent[3] == R"(42["nothing"])");
}

TEST_CASE("what nobody of the shard gets ends there, and its token goes") {
  node_fixture node;
  node.start();
  const auto c = node.join();
  auto id = node.id_of(c);
  id.back() = id.back() == 'A' ? 'B' : 'A';
  shard_batch batch(*node.core);
  CHECK(node.core->routes().here().emit_to_one_shard(to_room(id), "n", "1", batch));
  std::promise<void> released;
  batch.submit(std::shared_ptr<void>(nullptr, [&](void*) { released.set_value(); }));
  released.get_future().get();
  CHECK(node.sent(c).size() == 1);
}

TEST_CASE("what several shards get is left to the frame they share") {
  node_fixture node(2);
  node.start();
  shard_batch batch(*node.core);
  CHECK_FALSE(node.core->routes().here().emit_to_one_shard(to_room("news"), "n", "1", batch));
}
