#include "cluster/link/wire_v1.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/link/wire_v1_bytes.hpp"

using namespace pushmesh::cluster::wire_v1;
using namespace std::chrono_literals;
using namespace std::string_literals;
using pushmesh::socket_id;
using pushmesh::cluster::interest_change;
using pushmesh::cluster::peer_identity;
using pushmesh::cluster::peer_role;

namespace {

constexpr auto some_id = "'AAAAAABBccccccccdddd'";

/// The first error of a batch, from the framing or from an item.
wire_error error_of(std::string_view batch) {
  wire_reader reader(batch);
  for (;;) {
    const auto next = reader.next();
    if (!next) return next.error();
    REQUIRE_MESSAGE(next->has_value(), "no error");
    const auto one = decode(**next);
    if (!one) return one.error();
  }
}

struct bad_row {
  std::string notation;
  wire_errc code;
  item_kind kind;
  std::size_t at;
};

void check_bad(const std::vector<bad_row>& rows) {
  for (const auto& row : rows) {
    CAPTURE(row.notation);
    const auto e = error_of(wire_bytes(row.notation));
    CHECK(to_string(e.code) == to_string(row.code));
    CHECK(e.kind == row.kind);
    CHECK(e.at == row.at);
  }
}

emit small_emit(std::string_view event) {
  return {{true, false, "/", {}, {}}, event, "1", {}};
}

}  // namespace

TEST_CASE("batches that do not consist of items are refused") {
  using e = wire_errc;
  constexpr auto between = item_kind::none;
  check_bad({
      {"40", e::cut_short, between, 0},
      {"40 01", e::cut_short, between, 0},
      {"40 80", e::cut_short, between, 0},
      {"05 (01) 40 09 00", e::cut_short, between, 3},
      {"40 8000", e::bad_varint, between, 0},
      {"40 ffffffffffffffffff02", e::bad_varint, between, 0},
      {"40 ffffffffffffffffffff01", e::bad_varint, between, 0},
      {"40 ffffffffffffffffff01", e::too_long, between, 0},
      {"40 fdff0f", e::too_long, between, 0},  // with its head one byte over 256 KiB
      {"40 fcff0f", e::cut_short, between, 0},
      {"c0 01", e::cut_short, between, 0},  // of unknown kind
  });
}

TEST_CASE("items with bad content are refused, with the place of the fault") {
  using e = wire_errc;
  using k = item_kind;
  check_bad({
      {"05 00", e::cut_short, k::credit, 0},
      {"05 (8000)", e::bad_varint, k::credit, 0},
      {"05 (80)", e::cut_short, k::credit, 0},
      {"05 (0100)", e::trailing_bytes, k::credit, 1},
      {"85 (00)", e::trailing_bytes, k::interest_repair, 0},
      {"03 (01)", e::cut_short, k::ping, 1},
      // hello: version over 16 bits, name too long, cut incarnation, unknown role
      {"01 (808004)", e::bad_value, k::hello, 3},
      {"01 (01 8108)", e::too_long, k::hello, 3},
      {"01 (01 00 00 00010203)", e::cut_short, k::hello, 3},
      {"01 (01 00 00 '0123456789abcdeftagtag' 02 00 00)", e::bad_value, k::hello, 26},
      {"08 (8108)", e::too_many, k::gossip, 2},
      {"01 (01 00 00 '0123456789abcdeftagtag' 00 05)", e::cut_short, k::hello, 27},
      // the lease feed: flags, lengths, codes, what is missing or too much
      {"60 (02 00)", e::bad_value, k::bridging, 1},
      {"60 (01 02 'k')", e::cut_short, k::bridging, 2},
      {"60 (01 818004)", e::too_long, k::bridging, 4},
      {"60 (01 ('k') 00)", e::trailing_bytes, k::bridging, 3},
      {"61 (01)", e::cut_short, k::feed_ask, 1},
      {"61 (01 02)", e::bad_value, k::feed_ask, 2},
      {"61 (8000 01)", e::bad_varint, k::feed_ask, 0},
      {"62 (01)", e::cut_short, k::feed_news, 1},
      {"62 (01 02)", e::bad_value, k::feed_news, 2},
      {"63 (08)", e::bad_value, k::publish, 1},
      {"63 (01 ('/') 00 00 ('ev') 8180808001)", e::too_long, k::publish, 13},
      {"63 (01 ('/') 00 00 ('ev') ('1'))", e::cut_short, k::publish, 10},
      {"63 (01 ('/') 00 00 ('ev') ('1') 00 00)", e::trailing_bytes, k::publish, 11},
      // emit: flags, lengths of every text and list, presence of the ack, its timeout
      {"40 00", e::cut_short, k::emit, 0},
      {"40 (08)", e::bad_value, k::emit, 1},
      {"40 (01 818004)", e::too_long, k::emit, 4},
      {"40 (01 02 '/')", e::cut_short, k::emit, 2},
      {"40 (01 ('/') 818004)", e::too_many, k::emit, 6},
      {"40 (01 ('/') 02 00)", e::cut_short, k::emit, 4},
      {"40 (01 ('/') 01 02 'a')", e::cut_short, k::emit, 5},
      {"40 (01 ('/') 00 01)", e::cut_short, k::emit, 5},
      {"40 (01 ('/') 00 00 03 'ev')", e::cut_short, k::emit, 6},
      {"40 (01 ('/') 00 00 ('ev') 8180808001)", e::too_long, k::emit, 13},
      {"40 (01 ('/') 00 00 ('ev') ('1'))", e::cut_short, k::emit, 10},
      {"40 (01 ('/') 00 00 ('ev') ('1') 02)", e::bad_value, k::emit, 11},
      {"40 (01 ('/') 00 00 ('ev') ('1') 01 05)", e::cut_short, k::emit, 12},
      {"40 (01 ('/') 00 00 ('ev') ('1') 01 05 8080808010 00)", e::bad_value, k::emit, 17},
      {"40 (01 ('/') 00 00 ('ev') ('1') 00 00 00)", e::trailing_bytes, k::emit, 12},
      {"40 (01 ('/') 00 00 ('ev') ('1') 00)", e::cut_short, k::emit, 11},
      {"40 (01 ('/') 00 00 ('ev') ('1') 00 8120)", e::too_many, k::emit, 13},
      {"40 (01 ('/') 00 00 ('ev') ('1') 00 01 05)", e::cut_short, k::emit, 13},
      {"43 (01 ('/') 00 00 02)", e::bad_value, k::disconnect, 6},
      // interest: counts beyond the bytes there are, a snapshot part outside its whole
      {"44 (01 ffffffffffffffffff01)", e::too_many, k::interest_delta, 11},
      {"44 (01 02 01 0102030405060708)", e::cut_short, k::interest_delta, 2},
      {"44 (01 01 02 0102030405060708)", e::bad_value, k::interest_delta, 3},
      {"45 (01 01 0102030405060708 00 808002)", e::cut_short, k::snapshot_part, 14},
      {"45 (01 01 0102030405060708 01 01 0102030405060708)", e::bad_value, k::snapshot_part, 20},
      {"45 (01 01 0102030405060708 02 00)", e::bad_value, k::snapshot_part, 12},
      {"46 (01 01 01020304)", e::cut_short, k::interest_check, 2},
      // replies
      {"80 (01 04)", e::bad_value, k::ack_part, 2},
      {"80 (01 01 01 'AAAAAABBcccccccc ddd' 00 00 00 00)", e::bad_socket_id, k::ack_part, 23},
      {"80 (01 01 00 01 'AAAA')", e::cut_short, k::ack_part, 4},
      {"80 (01 01 00 01 'AAAAAABBcccccccc+ddd')", e::bad_socket_id, k::ack_part, 24},
      {"82 (01 'AAAAAABBccccccccddd')", e::cut_short, k::lookup_request, 1},
      {"83 (01 03)", e::bad_value, k::lookup_reply, 2},
      {"83 (01 01 "s + some_id + " 00 00 00 00 00 00 00 00 818004)", e::too_many, k::lookup_reply,
       33},
      // parts are not items of their own
      {"7f (01 00 'a')", e::unknown_kind, k::fifo_part, 0},
      {"bf (01 00 'a')", e::unknown_kind, k::reply_part, 0},
      {"ff (01 00 'a')", e::unknown_kind, k::session_part, 0},
      // clients of sessions elsewhere
      {"c0 (01 "s + some_id + " 07 00)", e::bad_value, k::session_request, 22},
      {"c0 (01 "s + some_id + " 00 02)", e::bad_value, k::session_request, 23},
      {"c0 (01 '!')", e::cut_short, k::session_request, 1},
      {"c1 (01 c801 05 'text')", e::cut_short, k::session_answer, 4},
      {"c1 (01 808004 00)", e::bad_value, k::session_answer, 4},
      {"c2 (01 "s + some_id + " 818004)", e::too_long, k::tunnel_open, 24},
      {"c3 (02 00 01 05)", e::bad_value, k::tunnel_data, 1},
      {"c3 (01 00 05 01)", e::cut_short, k::tunnel_data, 3},
      {"c4 (00 00 01 05)", e::cut_short, k::tunnel_credit, 4},
      {"c5 (00 00 05 03)", e::bad_value, k::tunnel_end, 4},
      {"c5 (00 00 05 00 00)", e::trailing_bytes, k::tunnel_end, 4},
  });
}

TEST_CASE("an error says what is wrong in which item") {
  CHECK(wire_error{wire_errc::bad_socket_id, item_kind::lookup_request, 1}.message() ==
        "not a socket id in lookup_request, at byte 1");
  CHECK(wire_error{wire_errc::cut_short, item_kind::none, 12}.message() ==
        "fewer bytes than announced between items, at byte 12");
}

TEST_CASE("kinds that are not known are skipped, and cost what their class costs") {
  const auto batch = wire_bytes("3f ('control') 7e ('fifo') be ('reply') fe ('session') 05 (07)");
  wire_reader reader(batch);
  const auto next = reader.next();
  REQUIRE(next.has_value());
  REQUIRE(next->has_value());
  CHECK((**next).kind == item_kind::credit);
  CHECK(reader.skipped() == 4);
  CHECK(reader.cost() == 6 + 7 + 9);
  const auto end = reader.next();
  REQUIRE(end.has_value());
  CHECK(!end->has_value());
  CHECK(credit_cost(batch).value() == 6 + 7 + 9);
}

TEST_CASE("after an error a reader reads nothing more") {
  const auto batch = wire_bytes("05 (07) 40 8000 05 (07)");
  wire_reader reader(batch);
  CHECK(reader.next().has_value());
  CHECK(!reader.next().has_value());
  CHECK(!reader.next().value().has_value());
}

TEST_CASE("the hello of a later version can be read as far as this one knows it") {
  const auto later =
      wire_bytes("01 ( 02 ('c1') ('a') '0123456789abcdef' 'tagtag' 00 ('h:1') ('more') 0102 )");
  const auto read = decode<hello>(wire_single(later).body);
  REQUIRE(read.has_value());
  CHECK(read->self.wire_version == 2);
  CHECK(read->self.cluster == "c1");
  const auto answer =
      wire_bytes("02 ( 63 ('new rule') 02 ('c1') ('a') '0123456789abcdef' 'tagtag' 00 00 ff )");
  const auto refused = decode<hello_answer>(wire_single(answer).body);
  REQUIRE(refused.has_value());
  CHECK(static_cast<int>(refused->verdict) == 0x63);
  CHECK(refused->sentence == "new rule");
}

TEST_CASE("an identity becomes a peer_identity and back") {
  peer_identity p;
  p.name = "a";
  p.cluster = "c";
  p.address = "h:1";
  p.role = peer_role::client;
  p.tag = {'t', 'a', 'g', 't', 'a', 'g'};
  p.incarnation.bytes[3] = 9;
  p.wire_version = 7;
  const auto bytes = wire_encoded(hello{p});
  const auto back = decode<hello>(wire_single(bytes).body).value().self.copy();
  CHECK(back.name == "a");
  CHECK(back.cluster == "c");
  CHECK(back.address == "h:1");
  CHECK(back.role == peer_role::client);
  CHECK(back.tag == p.tag);
  CHECK(back.incarnation == p.incarnation);
  CHECK(back.wire_version == 7);
}

TEST_CASE("what is over a bound is not encoded, and nothing is appended") {
  std::string out = "before";
  const std::string name(max_name + 1, 'n');
  const std::string whole(max_joined, 'a');
  std::vector<std::string> const many(max_rooms + 1);
  std::vector<std::string> const long_room{name};
  std::vector<std::string> const known(max_known_peers + 1);
  const auto refuses = [&out](const auto& item, wire_errc code) {
    const auto result = encode(out, item);
    REQUIRE(!result.has_value());
    CHECK(to_string(result.error().code) == to_string(code));
    CHECK(result.error().kind == item.kind);
    CHECK(out == "before");
  };
  using e = wire_errc;
  refuses(small_emit(name), e::too_long);
  refuses(emit{{true, false, name, {}, {}}, "e", {}, {}}, e::too_long);
  refuses(emit{{false, false, "/", many, {}}, "e", {}, {}}, e::too_many);
  refuses(emit{{false, false, "/", {}, many}, "e", {}, {}}, e::too_many);
  refuses(emit{{false, false, "/", long_room, {}}, "e", {}, {}}, e::too_long);
  refuses(emit{{true, false, "/", {}, {}}, "e", whole, {}}, e::too_long);
  refuses(emit{{true, false, "/", {}, {}}, "e", {}, ack_request{{1}, -1ms}}, e::bad_value);
  refuses(emit{{true, false, "/", {}, {}}, "e", {}, ack_request{{1}, 4'294'967'296ms}},
          e::bad_value);
  refuses(rooms_join{{true, false, "/", {}, {}}, many}, e::too_many);
  refuses(gossip{known}, e::too_many);
  refuses(lookup_request{{1}, socket_id{}}, e::bad_socket_id);
  std::vector<std::uint64_t> const two{1, 2};
  refuses(snapshot_part{{1, 2, 3}, 1, two}, e::bad_value);
  std::vector<socket_id> const empty_id(1);
  refuses(ack_part{{1}, true, false, {}, empty_id, {}, {}}, e::bad_socket_id);
}

TEST_CASE("what is just within the bounds is encoded and read") {
  const std::string name(max_name, 'n');
  std::vector<std::string> const many(max_rooms);
  const auto bytes = wire_encoded(emit{{false, false, name, many, {}}, name, {}, {}});
  const auto read = decode<emit>(wire_single(bytes).body);
  REQUIRE(read.has_value());
  CHECK(read->to.rooms.size() == max_rooms);
  CHECK(read->to.rooms.copy<std::string>() == many);
  CHECK(read->event == name);
}

TEST_CASE("lists look at values of other types through a projection") {
  struct reply {
    socket_id socket;
    std::string user, args;
  };
  std::vector<reply> const replies{{*socket_id::parse("AAAAAABBccccccccdddd"), "ann", "1"},
                                   {*socket_id::parse("AAAAAABBcccccccceeee"), "bob", ""}};
  list<ack_answer> const acked(replies, [](const reply& r) {
    return ack_answer{r.socket, {}, r.user, r.args};
  });
  const auto bytes = wire_encoded(ack_part{{5}, true, false, acked, {}, {}, {}});
  const auto read = decode<ack_part>(wire_single(bytes).body);
  REQUIRE(read.has_value());
  const auto got = read->acked.copy();
  REQUIRE(got.size() == 2);
  CHECK(got[0].socket == replies[0].socket);
  CHECK(got[0].user == "ann");
  CHECK(got[0].args == "1");
  CHECK(got[1].user == "bob");
  CHECK(got[1].args.empty());
}

TEST_CASE("parts of a snapshot know whether they are first and last") {
  std::vector<std::uint64_t> const two{1, 2};
  CHECK(snapshot_part{{1, 5, 0}, 0, two}.first());
  CHECK(!snapshot_part{{1, 5, 0}, 0, two}.last());
  CHECK(!snapshot_part{{1, 5, 0}, 3, two}.first());
  CHECK(snapshot_part{{1, 5, 0}, 3, two}.last());
  snapshot_part const of_nothing{{1, 0, 0}, 0, {}};
  CHECK(of_nothing.first());
  CHECK(of_nothing.last());
}
