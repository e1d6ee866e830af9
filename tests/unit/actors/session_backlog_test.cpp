#include "actors/recovery/session_backlog.hpp"

#include <doctest/doctest.h>

#include <memory>

using namespace pushmesh;
using namespace pushmesh::actors;

namespace {

missed_packet packet(std::uint64_t offset) {
  net::frame::meta about;
  about.offset = offset;
  return {net::make_frame(net::ws_opcode::text, {"x"}, about), {}};
}

}  // namespace

TEST_CASE("a backlog tells how far a client is, and counts its bytes while it lives") {
  std::size_t total = 10;
  auto backlog = std::make_unique<session_backlog>(
      total, std::vector<missed_packet>{packet(7), packet(0), packet(9)}, 1000);
  CHECK(total >= 1010 + 3 * sizeof(missed_packet));
  CHECK(backlog->packets().size() == 3);
  CHECK(backlog->up_to(7) == 1);
  CHECK(backlog->up_to(9) == 3);
  CHECK_FALSE(backlog->up_to(8));
  CHECK_FALSE(backlog->up_to(0));  // no offset at all
  backlog = nullptr;
  CHECK(total == 10);
}
