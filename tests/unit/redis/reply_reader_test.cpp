#include "net/redis/reply_reader.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace pushmesh::net::redis;
using type = reply::type;

namespace {

std::string shown(const reply& r) {
  switch (r.kind) {
    case type::nil:
      return "nil";
    case type::status:
      return "+" + r.text;
    case type::error:
      return "-" + r.text;
    case type::integer:
      return std::to_string(r.number);
    case type::string:
      return "'" + r.text + "'";
    case type::array:
      break;
  }
  std::string all = "[";
  for (const auto& item : r.items) all += (all.size() > 1 ? " " : "") + shown(item);
  return all + "]";
}

/// All replies in `bytes`, fed `step` bytes at a time, and the error at the end, if any.
std::vector<std::string> replies(std::string_view bytes, std::size_t step = 1,
                                 std::size_t max_reply = 1 << 20) {
  reply_reader reader(max_reply);
  std::vector<std::string> all;
  while (!bytes.empty()) {
    const auto piece = bytes.substr(0, step);
    reader.feed({piece.data(), piece.size()});
    bytes.remove_prefix(piece.size());
    for (;;) {
      auto next = reader.next();
      if (!next) {
        all.push_back("error");
        return all;
      }
      if (!*next) break;
      all.push_back(shown(**next));
    }
  }
  return all;
}

}  // namespace

TEST_CASE("every kind of reply is read, in pieces of any size") {
  constexpr std::string_view bytes =
      "+OK\r\n-ERR no\r\n:-42\r\n$3\r\na\r\n\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n"
      "*4\r\n$8\r\npmessage\r\n$3\r\nk#*\r\n$3\r\nk#/"
      "\r\n$2\r\nhi\r\n*2\r\n*2\r\n:1\r\n:2\r\n*1\r\n+x\r\n";
  const std::vector<std::string> expected{"+OK",         "-ERR no", "-42",
                                          "'a\r\n'",     "''",      "nil",
                                          "nil",         "[]",      "['pmessage' 'k#*' 'k#/' 'hi']",
                                          "[[1 2] [+x]]"};
  for (const std::size_t step : {1, 2, 3, 7, 1000}) CHECK(replies(bytes, step) == expected);
}

TEST_CASE("what is not Redis' protocol is an error") {
  for (const std::string_view bytes :
       {"HTTP/1.1 400 Bad Request\r\n", "\r\n", "*2000000000000\r\n", "$-5\r\n", ":12x\r\n",
        "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n"}) {
    CAPTURE(bytes);
    const auto all = replies(bytes);
    CHECK((!all.empty() && all.back() == "error"));
  }
}

TEST_CASE("a reply larger than the bound is an error before it is whole") {
  CHECK(replies("$2000\r\n" + std::string(2000, 'x'), 100, 1000).back() == "error");
  CHECK(replies("*100\r\n" + std::string(100, 'x'), 1, 1000).back() == "error");
  const auto several = "$600\r\n" + std::string(600, 'x') + "\r\n";
  CHECK(replies(several + several + several, 100, 1000).size() == 3);
}

TEST_CASE("an announced length takes no memory") {
  CHECK(replies("*1000000000\r\n:1\r\n").empty());
  CHECK(replies("$500000000\r\nabc").empty());
}

TEST_CASE("a command is an array of strings of any bytes") {
  const std::string_view words[] = {"PUBLISH", std::string_view("a\0\r\n", 4), ""};
  CHECK(format_command(words) ==
        std::string("*3\r\n$7\r\nPUBLISH\r\n$4\r\na\0\r\n\r\n$0\r\n\r\n", 33));
}
