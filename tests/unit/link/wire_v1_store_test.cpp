// The items of the session store, byte by byte, and what is refused. A failure of a golden row
// means that nodes of this build and of earlier ones would misunderstand each other: make a new
// item instead of changing a row.

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "cluster/link/wire_v1.hpp"
#include "tests/unit/link/wire_v1_bytes.hpp"

using namespace pushmesh::cluster::wire_v1;
using pushmesh::socket_id;
using pushmesh::cluster::incarnation_id;

namespace {

template <class T>
void check_golden(const T& written, std::string_view notation) {
  const auto expected = wire_bytes(notation);
  CAPTURE(notation);
  CHECK(wire_encoded(written) == expected);
  const auto raw = wire_single(expected);
  CHECK(raw.kind == T::kind);
  const auto read = decode<T>(raw.body);
  REQUIRE(read.has_value());
  CHECK(wire_encoded(*read) == expected);
  const auto any = decode(raw);
  REQUIRE(any.has_value());
  CHECK(std::holds_alternative<T>(*any));
}

incarnation_id node(char c) {
  incarnation_id id;
  id.bytes.fill(static_cast<std::uint8_t>(c));
  return id;
}
const auto sid = *socket_id::parse("AAAAAABBcccccccccccc");
const store_epoch epoch{300, node('a')};
const store_state state{epoch, 7};
constexpr std::string_view epoch_bytes = "ac02 'aaaaaaaaaaaaaaaa'";

store_device device() {
  return {"d", "ios", sid, node('b'), "n1", 300, "::1"};
}
constexpr std::string_view device_bytes =
    "('d') ('ios') 'AAAAAABBcccccccccccc' 'bbbbbbbbbbbbbbbb' ('n1') ac02 ('::1')";
store_payload payload() {
  return {"m1", "message", "1", 5, 300};
}
constexpr std::string_view payload_bytes = "('m1') ('message') ('1') 05 ac02";

template <class... S>
std::string cat(S... parts) {
  std::string all;
  ((all += parts, all += ' '), ...);
  return all;
}

}  // namespace

TEST_CASE("questions to the owner of a user have these bytes") {
  std::vector<std::string> const tags{"t", "u"}, none;
  check_golden(store_request{{9}, "u1", 0, {}, device(), tags, {}, {}},
               cat("68 ( 09 ('u1') 00 00 01", device_bytes, "02 ('t') ('u') 00 00 )"));
  check_golden(store_request{{9}, "u1", 7, "d", {}, none, "m1", {}},
               "68 ( 09 ('u1') 07 ('d') 00 00 ('m1') 00 )");
  check_golden(store_request{{9}, "u1", 5, {}, {}, none, {}, payload()},
               cat("68 ( 09 ('u1') 05 00 00 00 00 01", payload_bytes, ")"));
  std::vector<store_loser> const losers{{device(), 0, "web"}};
  std::vector<store_device> const devices{device()};
  std::vector<store_waiting> const waiting{{payload(), 300}};
  check_golden(store_answer{{9}, true, 0, 0, {}, {}, {}, {}, 0},
               "69 ( 09 01 00 00 00 00 00 00 00 )");
  check_golden(store_answer{{9}, false, 3, 1, losers, {}, {}, {}, 0},
               cat("69 ( 09 00 03 01 01", device_bytes, "00 ('web') 00 00 00 00 )"));
  check_golden(store_answer{{9}, false, 0, 0, {}, devices, tags, waiting, 300},
               cat("69 ( 09 00 00 00 00 01", device_bytes, "02 ('t') ('u') 01", payload_bytes,
                   "ac02 ac02 )"));
}

TEST_CASE("claims of users have these bytes") {
  std::vector<store_state> const past{{{1, node('c')}, 2}};
  std::vector<socket_id> const logins{sid};
  check_golden(store_claim{"u1", epoch}, cat("6a ( ('u1')", epoch_bytes, ")"));
  check_golden(store_claim_answer{"u1", epoch, epoch, {}, {}, logins},
               cat("6b ( ('u1')", epoch_bytes, epoch_bytes, "00 00 01 'AAAAAABBcccccccccccc' )"));
  store_change cursor;
  cursor.number = 5;
  std::vector<store_change> const changes{cursor};
  check_golden(store_claim_answer{"u1", {}, {}, store_head{state, past}, changes, {}},
               cat("6b ( ('u1') 00 00000000000000000000000000000000 00 "
                   "00000000000000000000000000000000 01",
                   epoch_bytes, "07 01 01 'cccccccccccccccc' 02 01 07 00 00 05 00 00 00 00 00 )"));
}

TEST_CASE("writes to the copy of a user have these bytes") {
  using step = store_change::step;
  std::vector<store_change> all(8);
  for (std::size_t i = 0; i < all.size(); ++i) all[i].what = static_cast<step>(i);
  all[0].device = device();
  all[1].socket = sid;
  all[2].name = "t", all[2].detail = 1;
  all[3].name = "t";
  all[4].message = payload(), all[4].number = 1, all[4].at = 2;
  all[5].name = "m1", all[5].number = 2, all[5].at = 3;
  all[6].name = "m1", all[6].detail = 2, all[6].number = 2, all[6].at = 4, all[6].by = "d";
  all[7].number = 6;
  const std::vector<std::string> rows{
      cat("00 00 00 00 00 00 01", device_bytes, "00"),
      "01 00 00 00 00 00 00 00 'AAAAAABBcccccccccccc'",
      "02 ('t') 01 00 00 00 00 00",
      "03 ('t') 00 00 00 00 00 00",
      cat("04 00 00 01 02 00 00 01", payload_bytes),
      "05 ('m1') 00 02 03 00 00 00",
      "06 ('m1') 02 02 04 ('d') 00 00",
      "07 00 00 06 00 00 00 00",
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::vector<store_change> const one{all[i]};
    check_golden(
        store_write{"u1", {state, {}}, i == 7, one},
        cat("6c ( ('u1')", epoch_bytes, "07 00", i == 7 ? "01" : "00", "01", rows[i], ")"));
  }
  check_golden(store_written{"u1", state, 1, epoch},
               cat("6d ( ('u1')", epoch_bytes, "07 01", epoch_bytes, ")"));
  check_golden(store_release{"u1", state, epoch},
               cat("6e ( ('u1')", epoch_bytes, "07", epoch_bytes, ")"));
  check_golden(store_hint{"u1", state, epoch},
               cat("6f ( ('u1')", epoch_bytes, "07", epoch_bytes, ")"));
  check_golden(store_lost{"u1", {device(), 0, "web"}},
               cat("70 ( ('u1')", device_bytes, "00 ('web') )"));
}

TEST_CASE("bad items of the session store are refused") {
  using e = wire_errc;
  struct row {
    std::string bytes;
    e code;
  };
  const std::string write = cat("6c ( ('u1')", epoch_bytes, "07 00 00 01");
  const row rows[] = {
      {"6a ( ('u1') 01 )", e::cut_short},
      {cat("6a ( ('u1')", epoch_bytes, "00 )"), e::trailing_bytes},
      {"68 ( 09 ('u1') 0a 00 00 00 00 00 )", e::bad_value},  // a verb
      {"68 ( 09 ('u1') 00 00 02 00 00 00 )", e::bad_value},  // presence
      {"69 ( 09 02 00 00 00 00 00 00 00 )", e::bad_value},   // a flag
      {"69 ( 09 00 06 00 00 00 00 00 00 )", e::bad_value},   // an error
      {"69 ( 09 00 00 00 05 )", e::cut_short},               // losers
      {cat("6d ( ('u1')", epoch_bytes, "07 03", epoch_bytes, ")"), e::bad_value},
      {cat("6c ( ('u1')", epoch_bytes, "07 21 00 00 )"), e::too_many},  // past
      {write + "08 00 00 00 00 00 00 00 )", e::bad_value},              // a step
      {write + "07 00 03 00 00 00 00 00 )", e::bad_value},              // a detail
      {write + "00 00 00 00 00 00 00 00 )", e::bad_value},              // a device is missing
      {write + "04 00 00 00 00 00 00 00 )", e::bad_value},              // a message is missing
      {write + cat("07 00 00 00 00 00 00 01", payload_bytes, ")"), e::bad_value},
      {write + "07 00 00 00 8180808080808010 00 00 00 )", e::bad_value},  // a time
      {write + "01 00 00 00 00 00 00 00 'AAAAAABBccccccccccc!' )", e::bad_socket_id},
      {write + "01 00 00 00 00 00 00 00 'AAAA' )", e::cut_short},
  };
  for (const auto& r : rows) {
    CAPTURE(r.bytes);
    const auto bytes = wire_bytes(r.bytes);
    const auto read = decode(wire_single(bytes));
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().code == r.code);
  }
}
