#include "cluster/node/http/api/emit_order.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using namespace std::literals;
using namespace pushmesh::http;

namespace {

constexpr std::size_t depth = 8;

std::string repeated(std::string_view piece, std::size_t n) {
  std::string out;
  while (n-- > 0) out += piece;
  return out;
}

}  // namespace

TEST_CASE("a whole order is read, its arguments as they stand in the body") {
  const auto order = parse_emit_order(
      R"( {"namespace":"\/chat","rooms":["a","\u00e9"],"except":["b"],"event":"n\n",)"
      R"("data": [ {"x" : [1]},2 , "[" ] } )",
      depth);
  REQUIRE(order);
  CHECK(order->nsp == "/chat");
  CHECK(order->rooms == std::vector<std::string>{"a", "\u00e9"});
  CHECK(order->except == std::vector<std::string>{"b"});
  CHECK(order->event == "n\n");
  CHECK(order->args == R"({"x" : [1]},2 , "[" )"sv);
}

TEST_CASE("what an order leaves out") {
  const auto order = parse_emit_order(R"({"event":"e"})", depth);
  REQUIRE(order);
  CHECK(order->nsp == "/");
  CHECK_FALSE(order->rooms);
  CHECK(order->except.empty());
  CHECK(order->args.empty());
  CHECK(parse_emit_order(R"({"event":"e","data":[]})", depth)->args.empty());
  CHECK(parse_emit_order("{\"event\":\"e\",\"data\":[ \n]}", depth)->args.empty());
  CHECK(parse_emit_order(R"({"event":"e","except":[]})", depth)->except.empty());
}

TEST_CASE("bad orders are told apart, with the member that is wrong") {
  const std::string long_name(64 * 1024 + 1, 'r');
  const struct {
    std::string body, field, message;
  } rows[] = {
      {"", "", "the body is not one JSON object"},
      {"[]", "", "the body is not one JSON object"},
      {"null", "", "the body is not one JSON object"},
      {R"({"event":"e"})"
       "x",
       "", "the body is not one JSON object"},
      {R"({"event":"e",})", "", "the body is not one JSON object"},
      {R"({event:"e"})", "", "the body is not one JSON object"},
      {"{\"event\":\"\xff\"}", "", "the body is no UTF-8"},
      {"\xef\xbb\xbf{}", "", "the body is not one JSON object"},
      {R"({"event":"e","data":)" + repeated("[", 100'000), "",
       "more than 8 levels of arrays and objects"},
      {R"({"event":"e","data":[[[[[[[[1]]]]]]]]})", "", "more than 8 levels of arrays and objects"},
      {"{}", "event", "is missing: the name of the event"},
      {R"({"event":""})", "event", "must not be empty"},
      {R"({"event":7})", "event", "expected a string"},
      {R"({"event":null})", "event", "expected a string"},
      {R"({"event":"connect"})", "event", "the name is reserved by Socket.IO"},
      {R"({"event":"conn\u0065ct_error"})", "event", "the name is reserved by Socket.IO"},
      {R"({"event":"newListener"})", "event", "the name is reserved by Socket.IO"},
      {R"({"event":")" + long_name + "\"}", "event", "longer than 64 KiB"},
      {R"({"event":"e","namespace":""})", "namespace", "must not be empty"},
      {R"({"event":"e","namespace":["/"]})", "namespace", "expected a string"},
      {R"({"event":"e","rooms":[]})", "rooms",
       "no rooms: leave the member out to reach the whole namespace"},
      {R"({"event":"e","rooms":null})", "rooms", "expected an array of strings"},
      {R"({"event":"e","rooms":"a"})", "rooms", "expected an array of strings"},
      {R"({"event":"e","rooms":{"a":1}})", "rooms", "expected an array of strings"},
      {R"({"event":"e","rooms":["a",1]})", "rooms", "expected a string"},
      {R"({"event":"e","rooms":["a",["b"]]})", "rooms", "expected an array of strings"},
      {R"({"event":"e","rooms":[""]})", "rooms", "must not be empty"},
      {R"({"event":"e","rooms":["a)" + repeated("\",\"a", 65'536) + "\"]}", "rooms",
       "more than 65536 names"},
      {R"({"event":"e","except":["a",null]})", "except", "expected a string"},
      {R"({"event":"e","data":{"a":1}})", "data", "expected an array: the arguments of the event"},
      {R"({"event":"e","data":"a"})", "data", "expected an array: the arguments of the event"},
      {R"({"event":"e","room":["a"]})", "room", "there is no such member"},
      {R"({"event":"e","Event":"f"})", "Event", "there is no such member"},
      {R"({"event":"e","event":"f"})", "event", "is there twice"},
      {R"({"rooms":["a"],"event":"e","\u0072ooms":["b"]})", "rooms", "is there twice"},
      {"{" + repeated("\"x\":1,", 100'000) + "\"event\":\"e\"}", "x", "there is no such member"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.body.substr(0, 80));
    const auto order = parse_emit_order(row.body, depth);
    REQUIRE_FALSE(order);
    CHECK(order.error().field == row.field);
    CHECK(order.error().message == row.message);
  }
}

TEST_CASE("as many rooms as another node would take") {
  const auto order =
      parse_emit_order(R"({"event":"e","rooms":["a)" + repeated("\",\"a", 65'535) + "\"]}", depth);
  REQUIRE(order);
  CHECK(order->rooms->size() == 65'536);
}
