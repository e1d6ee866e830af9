#include "cluster/link/peer_directory.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/unit/link/test_peer.hpp"

using namespace pushmesh::cluster;
using namespace pushmesh::test;
using pushmesh::actors::address;

namespace {

using names = std::vector<std::string>;

names of(const std::vector<peer_ref>& peers) {
  names all;
  for (const auto& p : peers) all.push_back(p->name());
  std::sort(all.begin(), all.end());
  return all;
}

address rooms(names list) {
  address to;
  to.nsp = "/";
  to.everybody = false;
  to.rooms = std::move(list);
  return to;
}

address everybody() {
  address to;
  to.nsp = "/";
  return to;
}

/// Two peers that have told which rooms they have.
struct two_peers {
  peer_directory directory{3};
  peer_ref a = make_peer(1, "a", "aaaaaa"), b = make_peer(2, "b", "bbbbbb");

  two_peers() {
    directory.add(a);
    directory.add(b);
    tell(1, {interest_hash("/").room("r"), interest_hash("/").whole_namespace()});
    tell(2, {interest_hash("/").room("s")});
  }
  void tell(link_id link, const std::vector<std::uint64_t>& hashes) {
    interest_digest whole{hashes.size(), hashes.size(), 0};
    for (const auto h : hashes) whole.sum += interest_mix(h);
    REQUIRE(directory.snapshot(link, whole, 0, hashes) == interest_table::outcome::current);
  }
};

}  // namespace

TEST_CASE("an emit concerns the nodes that have one of its rooms, each once") {
  two_peers t;
  CHECK(of(t.directory.concerned(rooms({"r"}))) == names{"a"});
  CHECK(of(t.directory.concerned(rooms({"r", "s", "r"}))) == names{"a", "b"});
  CHECK(of(t.directory.concerned(rooms({"nowhere"}))).empty());
  CHECK(of(t.directory.concerned(rooms({}))).empty());
  CHECK(of(t.directory.concerned(everybody())) == names{"a"});
}

TEST_CASE("a socket id leads to the node with its tag, and to members of a room named like it") {
  two_peers t;
  const std::string of_b = "bbbbbbAA000000000000", of_nobody = "ccccccAA000000000000";
  CHECK(of(t.directory.concerned(rooms({of_b}))) == names{"b"});
  CHECK(of(t.directory.concerned(rooms({of_nobody}))).empty());
  t.tell(1, {interest_hash("/").room(of_b), interest_hash("/").room(of_nobody)});
  CHECK(of(t.directory.concerned(rooms({of_b}))) == names{"a", "b"});
  CHECK(of(t.directory.concerned(rooms({of_nobody}))) == names{"a"});
  CHECK(t.directory.by_tag("bbbbbb") == t.b);
  CHECK(t.directory.by_tag("cccccc") == nullptr);
}

TEST_CASE("the name of an EIO3 client's socket leads to its node, which may not have announced it") {
  two_peers t;
  CHECK(of(t.directory.concerned(rooms({"/custom#bbbbbbAA000000000000"}))) == names{"b"});
  CHECK(of(t.directory.concerned(rooms({"/a#b#bbbbbbAA000000000000"}))) == names{"b"});
  CHECK(of(t.directory.concerned(rooms({"#", "bbbbbb#", "/custom#bbbbbbAA00000000000"}))).empty());
  CHECK(of(t.directory.concerned(rooms({"/custom#ccccccAA000000000000"}))).empty());
}

TEST_CASE("a peer that has told nothing yet is concerned by all; one that is down by nothing") {
  two_peers t;
  t.directory.add(make_peer(3, "c", "cccccc"));
  CHECK(of(t.directory.concerned(rooms({"s"}))) == names{"b", "c"});
  t.directory.remove(3);
  t.directory.remove(2);
  CHECK(of(t.directory.concerned(rooms({"s"}))).empty());
  CHECK(of(t.directory.all()) == names{"a"});
  // News of a link that is gone change nothing.
  CHECK(t.directory.apply(2, {1, {{5, true}}}) == interest_table::outcome::waiting);
  t.directory.remove(1);
  CHECK(t.directory.empty());
}

TEST_CASE("a peer whose sockets we told to join a room counts as having it") {
  two_peers t;
  t.directory.expect(t.b, "/", {"new", "newer"});
  CHECK(of(t.directory.concerned(rooms({"new"}))) == names{"b"});
  CHECK(of(t.directory.concerned(rooms({"newer", "r"}))) == names{"a", "b"});
  t.directory.sweep();
  CHECK(of(t.directory.concerned(rooms({"new"}))) == names{"b"});
  t.directory.remove(2);
  CHECK(of(t.directory.concerned(rooms({"new"}))).empty());
}

TEST_CASE("a room that is expected again is noted once for each peer") {
  two_peers t;
  for (int i = 0; i < 1000; ++i) t.directory.expect(t.b, "/", {"new", "newer"});
  CHECK(t.directory.expectations() == 2);
  t.directory.expect(t.a, "/", {"new"});
  CHECK(t.directory.expectations() == 3);
  CHECK(of(t.directory.concerned(rooms({"new"}))) == names{"a", "b"});
  // The bound is no reason to forget what is known already.
  for (int i = 0; i < 70'000; ++i) t.directory.expect(t.a, "/", {std::to_string(i)});
  CHECK(t.directory.expectations() == 65'536);
  t.directory.expect(t.b, "/", {"beyond", "newer"});
  CHECK(t.directory.expectations() == 65'536);
  CHECK(of(t.directory.concerned(rooms({"newer"}))) == names{"b"});
}
