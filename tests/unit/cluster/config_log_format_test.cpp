#include "cluster/node/log/log_format.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace pushmesh::log;

namespace {

const auto noon =
    std::chrono::system_clock::time_point(std::chrono::milliseconds(1'700'000'000'042));

}  // namespace

TEST_CASE("a text line holds time, level and text") {
  CHECK(text_line({noon, "info", "hello"}) == "2023-11-14T22:13:20.042Z info  hello\n");
  CHECK(text_line({noon, "error", "hello"}) == "2023-11-14T22:13:20.042Z error hello\n");
}

TEST_CASE("a JSON line is one object") {
  CHECK(json_line({noon, "warn", "say \"hi\""}) ==
        "{\"time\":\"2023-11-14T22:13:20.042Z\",\"level\":\"warn\",\"message\":\"say "
        "\\\"hi\\\"\"}\n");
}

TEST_CASE("what clients put into a line cannot forge another") {
  CHECK(text_line({noon, "info", "a\nb\r\x1b[31m\x7f\t"}) ==
        "2023-11-14T22:13:20.042Z info  a\\x0ab\\x0d\\x1b[31m\\x7f\\x09\n");
  const auto line = json_line({noon, "info", "a\nb"});
  CHECK(line.find('\n') == line.size() - 1);
  CHECK(line.find("a\\nb") != std::string::npos);
}

TEST_CASE("bytes that are not UTF-8 are replaced, the rest is kept") {
  CHECK(as_utf8("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80") ==
        "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80");
  CHECK(as_utf8("a\xff\xc3") == "a\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(as_utf8("\xed\xa0\x80") == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(as_utf8("").empty());
}
