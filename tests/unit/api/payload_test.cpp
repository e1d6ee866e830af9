#include "actors/api/payload.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "actors/api/json_writer.hpp"

namespace {

using namespace pushmesh;
using std::string;

struct photo {
  string name;
  binary image;
};

template <class Fields>
void json_fields(Fields& f, photo& p) {
  f("name", p.name);
  f("image", p.image);
}

const binary one(string("\x01"));
const binary two(string("\x02\x02"));

string place(int n) {
  return R"({"_placeholder":true,"num":)" + std::to_string(n) + "}";
}

}  // namespace

TEST_CASE("binary is shared and compares by its bytes") {
  const std::vector<std::uint8_t> bytes{1, 0, 255};
  const binary a(bytes);
  const auto copy = a;
  CHECK(copy.view().data() == a.view().data());
  CHECK(a == binary(string("\x01\x00\xff", 3)));
  CHECK(a.size() == 3);
  CHECK(a.bytes()[2] == std::byte{255});
  CHECK(binary().empty());
  CHECK(binary() == binary(string()));
  CHECK_FALSE(a == one);
}

TEST_CASE("a payload without binary is its text") {
  CHECK(payload_of(1, "a") == payload(R"(1,"a")"));
  CHECK(payload_of() == payload());
}

TEST_CASE("binary in any argument becomes an attachment, depth first") {
  const auto p = payload_of(two, photo{"x", one}, std::vector<binary>{one, two});
  CHECK(p.json ==
        place(0) + R"(,{"name":"x","image":)" + place(1) + "},[" + place(2) + "," + place(3) + "]");
  CHECK(p.attachments == std::vector{two, one, one, two});
  CHECK(payload_of(std::map<string, binary>{{"k", one}}).json == R"({"k":)" + place(0) + "}");
  CHECK(payload_of(std::tuple{1, one}).json == "[1," + place(0) + "]");
  CHECK(payload_of(std::optional<binary>(one)).json == place(0));
  CHECK(payload_of(std::variant<int, binary>(one)).json == place(0));
}

TEST_CASE("what is passed on brings its attachments along, renumbered") {
  const std::array attached{one, two};
  const auto text = place(1) + ",5," + place(1);
  const auto p = payload_of(two, raw_args{text, attached});
  CHECK(p.json == place(0) + "," + place(1) + ",5," + place(1));
  CHECK(p.attachments == std::vector{two, two});

  const auto q = payload_of(raw_json{"[" + place(1) + "]", attached}, raw_json{"7", attached});
  CHECK(q.json == "[" + place(0) + "],7");
  CHECK(q.attachments == std::vector{two});
}

TEST_CASE("a payload passed on stands for its arguments, in an array for its elements") {
  const auto p = payload_of("x", one);
  CHECK(payload_of(p) == p);
  CHECK(payload_of(std::vector{p}).json == R"(["x",)" + place(0) + "]");
  CHECK(payload_of(std::vector{payload()}).json == "[]");
}

TEST_CASE("what only looks like a placeholder stays data without attachments") {
  CHECK(payload_of(raw_json{place(0)}).json == place(0));
}

TEST_CASE("what only looks like a placeholder becomes null beside attachments") {
  const auto fake = place(0);
  CHECK(payload_of(raw_json{fake}, one).json == "null," + place(0));
  CHECK(payload_of(one, raw_json{"[" + fake + ",1]"}).json == place(0) + ",[null,1]");
  // The outer one hides ours from receivers.
  CHECK(payload_of(std::map<string, std::variant<bool, binary>>{{"_placeholder", true}, {"b", one}})
            .json == "null");
  const std::array attached{one};
  CHECK(payload_of(raw_args{place(0) + "," + place(9), attached}).json == place(0) + ",null");
}
