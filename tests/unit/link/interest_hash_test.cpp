#include "cluster/link/interest.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace pushmesh::cluster;

TEST_CASE("the hash is FNV-1a with 64 bits") {
  // The vectors of the algorithm's authors.
  CHECK(fnv1a("") == 0xcbf29ce484222325ull);
  CHECK(fnv1a("a") == 0xaf63dc4c8601ec8cull);
  CHECK(fnv1a("foobar") == 0x85944171f73967e8ull);
}

TEST_CASE("hashes of rooms are part of the wire format and never change") {
  CHECK(interest_hash("/").room("news") == fnv1a("/\xff"
                                                 "news"));
  CHECK(interest_hash("/").room("news") == 0x5ffcebfd1e1f8750ull);
  CHECK(interest_hash("/chat").whole_namespace() == 0xa6e122b8ddc5c61aull);
}

TEST_CASE("namespace and room cannot be mistaken for one another") {
  std::set<std::uint64_t> seen;
  for (const auto* nsp : {"/", "/a", "/ab", "/b"}) {
    interest_hash const hash(nsp);
    CHECK(seen.insert(hash.whole_namespace()).second);
    for (const auto* room : {"", "a", "b", "ab", "/", "/a"})
      CHECK(seen.insert(hash.room(room)).second);
  }
}

TEST_CASE("rooms named like ids of this node are not announced, all others are") {
  std::string_view const tag = "AbCd12";
  CHECK_FALSE(announced("AbCd12xyz45678901234", tag));
  CHECK(announced("ZZZZ12xyz45678901234", tag));  // like an id of another node
  CHECK(announced("AbCd12xyz4567890123", tag));   // 19 characters
  CHECK(announced("AbCd12", tag));
  CHECK(announced("", tag));
}
