#include "actors/recovery/replay_ring.hpp"

#include <doctest/doctest.h>

#include "actors/recovery/emit_epochs.hpp"

using namespace pushmesh;
using namespace pushmesh::actors;
using namespace std::chrono_literals;

namespace {

const std::chrono::steady_clock::time_point start{1h};

replay_record packet(std::uint64_t offset, std::size_t size = 100,
                     std::chrono::steady_clock::time_point at = start) {
  net::frame::meta about;
  about.offset = offset;
  replay_record r;
  r.frame = net::make_frame(net::ws_opcode::text, {std::string(size, 'x')}, about);
  r.at = at;
  r.to = std::make_shared<const address>();
  return r;
}

socket_id id_of(std::string_view last) {
  return *socket_id::parse("AAAAAAAAAAAAAAAAAAA" + std::string(last));
}

replay_record packet_for(const socket_id& only, std::uint64_t offset) {
  auto r = packet(offset);
  r.to = nullptr;
  r.only = only;
  return r;
}

}  // namespace

TEST_CASE("a ring finds packets by their offset, and its positions never change") {
  replay_ring ring;
  const auto first = ring.next();
  for (std::uint64_t offset : {70u, 80u, 90u}) ring.append(packet(offset));
  const auto sid = id_of("A");
  CHECK(ring.find(80, sid) == first + 1);
  CHECK_FALSE(ring.find(75, sid));
  CHECK(ring.drop_oldest() > 100);
  CHECK(ring.first() == first + 1);
  CHECK_FALSE(ring.find(70, sid));
  CHECK(ring.at(*ring.find(90, sid)).offset() == 90);
}

TEST_CASE("a packet that stands in a ring twice is found where this socket got it") {
  replay_ring ring;
  const auto moved = id_of("A"), stayed = id_of("B");
  const auto first = ring.next();
  ring.append(packet_for(moved, 70));
  auto general = packet(70);
  auto less = std::make_shared<address>();
  less->except = {moved.str()};
  general.to = less;
  ring.append(std::move(general));
  CHECK(ring.find(70, moved) == first);
  CHECK(ring.find(70, stayed) == first + 1);
  ring.drop_oldest();
  CHECK_FALSE(ring.find(70, moved));  // and not behind what came after it
  CHECK(ring.find(70, stayed) == first + 1);

  ring.append(packet(80));
  ring.append(packet_for(moved, 80));
  CHECK(ring.find(80, moved) == first + 2);
  CHECK(ring.find(80, moved, first + 3) == first + 3);
  CHECK_FALSE(ring.find(80, stayed, first + 3));
  ring.drop_oldest();
  ring.drop_oldest();
  CHECK_FALSE(ring.find(80, moved));
}

TEST_CASE("rings share one bound: the oldest packet of all goes first") {
  replay_memory memory(1min);
  const auto a = std::make_shared<replay_ring>(), b = std::make_shared<replay_ring>();
  const auto each = packet(1).bytes();
  const auto most = 4 * each;
  memory.add(a, packet(1), most);
  for (std::uint64_t offset = 2; offset < 6; ++offset) memory.add(b, packet(offset), most);
  CHECK(a->empty());
  CHECK(memory.bytes() == most);
  memory.add(a, packet(6), most);
  CHECK(b->first() == 2);
  CHECK(memory.bytes() == most);
}

TEST_CASE("packets go with their time, and rings with their namespace") {
  replay_memory memory(1min);
  const auto a = std::make_shared<replay_ring>(), b = std::make_shared<replay_ring>();
  memory.add(a, packet(1), 1 << 20);
  memory.add(b, packet(2, 100, start + 10s), 1 << 20);
  CHECK(memory.next_due() == start + 1min);
  memory.expire(start + 1min);
  CHECK(a->empty());
  CHECK_FALSE(b->empty());
  memory.close(*b);
  CHECK(memory.bytes() == 0);
  memory.expire(start + 2min);
  CHECK(memory.next_due() == std::chrono::steady_clock::time_point::max());
}

TEST_CASE("an epoch is over when all emits of its time are") {
  emit_epochs epochs;
  const auto idle = epochs.now();
  CHECK(epochs.over(idle));
  auto early = std::make_unique<emit_epochs::section>(epochs.enter());
  const auto then = epochs.now();
  CHECK_FALSE(epochs.over(then));
  auto later = std::make_unique<emit_epochs::section>(epochs.enter());
  CHECK_FALSE(epochs.over(then));
  early.reset();
  CHECK(epochs.over(then));  // whatever has begun since
  const auto second = epochs.now();
  CHECK_FALSE(epochs.over(second));
  later.reset();
  CHECK(epochs.over(second));
  CHECK(epochs.over(then));
}
