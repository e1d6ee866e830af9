#include "net/protocol/websocket_parser.hpp"

#include <doctest/doctest.h>
#include <malloc.h>

#include <cstring>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

using namespace std::literals;
using namespace pushmesh::net;

namespace {

constexpr std::uint8_t fin = 0x80;

// A frame as a client sends it (masked) or, without key, as a server does.
std::string raw_frame(int first_byte, std::string payload, bool masked = true) {
  char head[max_ws_header];
  std::uint32_t key;
  std::memcpy(&key, "\xA1\x02\xF3\x44", 4);
  const auto n = write_ws_header(head, ws_opcode::text, payload.size(),
                                 masked ? std::optional(key) : std::nullopt);
  head[0] = static_cast<char>(first_byte);
  if (masked) apply_mask(payload, key);
  return std::string(head, n) + payload;
}

struct seen {
  ws_opcode kind;
  std::string payload;
  std::uint16_t close_code;
  bool operator==(const seen&) const = default;
};

struct outcome {
  std::vector<seen> events;
  std::uint16_t error = 0;
  std::size_t consumed = 0;
  std::size_t buffered = 0;
};

// Feeds `bytes` in reads of `step` bytes, each in memory of its own.
outcome feed(std::string_view bytes, std::size_t step, ws_role role = ws_role::server,
             std::size_t max_payload = 1'000'000) {
  websocket_parser parser(role, max_payload);
  outcome out;
  while (!bytes.empty()) {
    std::vector<char> read(bytes.begin(), bytes.begin() + std::min(step, bytes.size()));
    bytes.remove_prefix(read.size());
    std::span<char> input(read);
    for (;;) {
      auto e = parser.next(input);
      if (!e) {
        out.error = e.error().close_code;
        CHECK_FALSE(e.error().what.empty());
        out.consumed += read.size();
        return out;
      }
      if (!*e) break;
      out.events.push_back({(*e)->kind, std::string((*e)->payload), (*e)->close_code});
    }
    CHECK(input.empty());
    out.consumed += read.size();
  }
  out.buffered = parser.buffered();
  return out;
}

constexpr std::size_t steps[] = {1, 2, 3, 5, 7, 13, 64, 1 << 20};

// Expects the same events however the bytes are cut.
void expect_events(std::string_view bytes, const std::vector<seen>& events,
                   ws_role role = ws_role::server) {
  for (auto step : steps) {
    CAPTURE(step);
    const auto out = feed(bytes, step, role);
    CHECK(out.error == 0);
    CHECK((out.events == events));
    CHECK(out.buffered == 0);
  }
}

std::string text(std::string payload) {
  return raw_frame(fin | 1, std::move(payload));
}
std::string close(std::string payload) {
  return raw_frame(fin | 8, std::move(payload));
}

}  // namespace

TEST_CASE("whole messages of every length form arrive") {
  for (std::size_t n : {0, 1, 125, 126, 127, 4096, 65535, 65536, 100000}) {
    CAPTURE(n);
    const std::string payload(n, 'p');
    expect_events(text(payload), {{ws_opcode::text, payload, 0}});
    expect_events(raw_frame(fin | 2, payload), {{ws_opcode::binary, payload, 0}});
  }
}

TEST_CASE("a client takes unmasked frames") {
  expect_events(raw_frame(fin | 1, "Hello", false), {{ws_opcode::text, "Hello", 0}},
                ws_role::client);
  expect_events("\x81\x05Hello"sv, {{ws_opcode::text, "Hello", 0}}, ws_role::client);
}

TEST_CASE("the masked example of RFC 6455 section 5.7 arrives") {
  expect_events("\x81\x85\x37\xFA\x21\x3D\x7F\x9F\x4D\x51\x58"sv, {{ws_opcode::text, "Hello", 0}});
}

TEST_CASE("several frames in one read arrive in order") {
  expect_events(text("one") + raw_frame(fin | 9, "p") + text("") + text("two"),
                {{ws_opcode::text, "one", 0},
                 {ws_opcode::ping, "p", 0},
                 {ws_opcode::text, "", 0},
                 {ws_opcode::text, "two", 0}});
}

TEST_CASE("fragments are joined and control frames pass between them") {
  expect_events(raw_frame(1, "a\xE2") + raw_frame(fin | 9, "ping") + raw_frame(0, "") +
                    raw_frame(0, "\x82") + raw_frame(fin | 10, "") + raw_frame(fin, "\xAC!") +
                    text("next"),
                {{ws_opcode::ping, "ping", 0},
                 {ws_opcode::pong, "", 0},
                 {ws_opcode::text, "a\xE2\x82\xAC!", 0},
                 {ws_opcode::text, "next", 0}});
  expect_events(raw_frame(2, "\xFF") + raw_frame(fin, "\xFE"),
                {{ws_opcode::binary, "\xFF\xFE", 0}});
  expect_events(raw_frame(1, "") + raw_frame(fin, ""), {{ws_opcode::text, "", 0}});
}

TEST_CASE("close frames give code and reason") {
  expect_events(close(""), {{ws_opcode::close, "", 1005}});
  for (int code : {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000,
                   3999, 4000, 4999}) {
    CAPTURE(code);
    const std::string payload{static_cast<char>(code >> 8), static_cast<char>(code)};
    expect_events(close(payload + "bye"),
                  {{ws_opcode::close, "bye", static_cast<std::uint16_t>(code)}});
  }
  expect_events(close("\x03\xE8" + std::string(123, 'r')),
                {{ws_opcode::close, std::string(123, 'r'), 1000}});
}

TEST_CASE("bad input is refused with the right close code, however it is cut") {
  struct row {
    const char* what;
    std::string bytes;
    std::uint16_t code;
    ws_role role = ws_role::server;
  };
  const auto code = [](int c) {
    return std::string{static_cast<char>(c >> 8), static_cast<char>(c)};
  };
  std::vector<row> rows{
      {"unmasked frame to a server", raw_frame(fin | 1, "x", false), 1002},
      {"unmasked ping to a server", raw_frame(fin | 9, "", false), 1002},
      {"masked frame to a client", raw_frame(fin | 1, "x"), 1002, ws_role::client},
      {"RSV1", raw_frame(fin | 0x40 | 1, "x"), 1002},
      {"RSV2", raw_frame(fin | 0x20 | 1, "x"), 1002},
      {"RSV3", raw_frame(fin | 0x10 | 9, "x"), 1002},
      {"RSV1 on a continuation", raw_frame(1, "x") + raw_frame(fin | 0x40, "x"), 1002},
      {"fragmented ping", raw_frame(9, ""), 1002},
      {"fragmented close", raw_frame(8, ""), 1002},
      {"ping of 126 bytes", raw_frame(fin | 9, std::string(126, 'x')), 1002},
      {"close of 126 bytes", close("\x03\xE8" + std::string(124, 'x')), 1002},
      {"pong of 70000 bytes", raw_frame(fin | 10, std::string(70000, 'x')), 1002},
      {"continuation without start", raw_frame(fin, "x"), 1002},
      {"first of a continuation", raw_frame(0, "x"), 1002},
      {"continuation behind a whole message", text("x") + raw_frame(fin, "x"), 1002},
      {"text inside a fragmented message", raw_frame(1, "x") + text("y"), 1002},
      {"binary inside a fragmented message", raw_frame(1, "x") + raw_frame(2, "y"), 1002},
      {"16-bit length below 126", "\x81\xFE\x00\x7D\x00\x00\x00\x00"s + std::string(125, 'x'),
       1002},
      {"16-bit length 0", "\x82\xFE\x00\x00\x00\x00\x00\x00"s, 1002},
      {"64-bit length below 65536", "\x82\xFF\x00\x00\x00\x00\x00\x00\xFF\xFF\x00\x00\x00\x00"s,
       1002},
      {"64-bit length with top bit", "\x82\xFF\x80\x00\x00\x00\x00\x01\x00\x00"s, 1002},
      {"64-bit length all ones", "\x82\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"s, 1002},
      {"close payload of one byte", close("\x03"), 1002},
      {"text with a lone continuation", text("a\x80"), 1007},
      {"text with a surrogate", text("\xED\xA0\x80"), 1007},
      {"text cut inside a character", text("abc\xE2\x82"), 1007},
      {"character broken across fragments", raw_frame(1, "\xE2\x82") + raw_frame(fin, "x"), 1007},
      {"message ends inside a character", raw_frame(1, "a") + raw_frame(fin, "\xC3"), 1007},
      {"empty last fragment leaves a character open", raw_frame(1, "\xC3") + raw_frame(fin, ""),
       1007},
      {"close reason is not UTF-8", close("\x03\xE8\xFF"), 1007},
      {"close reason cut inside a character", close("\x03\xE8\xE2\x82"), 1007},
      {"message of max_payload + 1", text(std::string(1'000'001, 'x')), 1009},
      {"length of 2^63 - 1", "\x82\xFF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x00\x00\x00\x00"s, 1009},
      {"fragments pass max_payload together",
       raw_frame(2, std::string(600'000, 'x')) + raw_frame(0, std::string(400'000, 'x')) +
           raw_frame(fin, "x"),
       1009},
  };
  for (int op : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15})
    rows.push_back({"reserved opcode", raw_frame(fin | op, ""), 1002});
  for (int c : {0, 1, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 9999, 65535})
    rows.push_back({"close code that may not be sent", close(code(c)), 1002});

  for (const auto& r : rows) {
    CAPTURE(r.what);
    for (std::size_t step : {1, 2, 3, 7, 1000, 1 << 21}) {
      if (step < 1000 && r.bytes.size() > 300'000) continue;
      CAPTURE(step);
      CHECK(feed(r.bytes, step, r.role).error == r.code);
    }
  }
}

TEST_CASE("fragments of exactly max_payload are a message") {
  const auto bytes = raw_frame(2, std::string(600'000, 'x')) +
                     raw_frame(0, std::string(400'000, 'y')) + raw_frame(fin, "");
  const auto out = feed(bytes, 65536);
  CHECK(out.error == 0);
  REQUIRE(out.events.size() == 1);
  CHECK(out.events[0].payload.size() == 1'000'000);
}

TEST_CASE("a message that is too big is refused by its header alone") {
  CHECK(feed("\x81\xFE\x04\x01mask"sv, 1, ws_role::server, 1024).error == 1009);
  CHECK(feed("\x81\xFE\x04\x00mask"sv, 1, ws_role::server, 1024).error == 0);
  CHECK(feed(raw_frame(1, "12345") + "\x80\x84mask", 64, ws_role::server, 8).error == 1009);
}

TEST_CASE("max_payload does not count control frames") {
  const auto out =
      feed(raw_frame(1, "1234") + raw_frame(fin | 9, "0123456789") + raw_frame(fin, ""), 3,
           ws_role::server, 4);
  CHECK(out.error == 0);
  CHECK(out.events.size() == 2);
}

TEST_CASE("invalid UTF-8 is refused as soon as it arrives, not at the end of its message") {
  // Both announce 100 more bytes than ever arrive.
  auto unfinished = text("abc\xFF" + std::string(100, 'x'));
  unfinished.resize(unfinished.size() - 100);
  CHECK(feed(unfinished, 1).error == 1007);
  CHECK(feed(unfinished, 1000).error == 1007);
  CHECK(feed(raw_frame(1, "\xC3") + raw_frame(0, "\x28"), 1000).error == 1007);
}

TEST_CASE("a bad header is refused before the rest of it arrives") {
  CHECK(feed("\xC1"sv, 1).error == 1002);
  CHECK(feed("\x83"sv, 1).error == 1002);
  CHECK(feed("\x81\x05"sv, 1).error == 1002);
  CHECK(feed("\x89\xFE"sv, 1).error == 1002);
  CHECK(feed("\x81\xFE\x00\x01"sv, 1).error == 1002);
}

TEST_CASE("a whole frame is returned as a view into the input, unmasked in place") {
  std::string bytes = text("in place") + raw_frame(fin | 9, "ping");
  websocket_parser parser(ws_role::server, 1000);
  std::span<char> input(bytes);
  auto e = parser.next(input);
  REQUIRE((e && *e));
  CHECK((*e)->payload.data() == bytes.data() + 6);
  CHECK((*e)->payload == "in place");
  e = parser.next(input);
  REQUIRE((e && *e));
  CHECK((*e)->payload.data() == bytes.data() + bytes.size() - 4);
  e = parser.next(input);
  REQUIRE(e);
  CHECK_FALSE(*e);
  CHECK(parser.buffered() == 0);
}

TEST_CASE("a moved parser goes on where it was") {
  std::string bytes = text("moved");
  websocket_parser first(ws_role::server, 1000);
  std::span<char> head(bytes.data(), 8);
  CHECK_FALSE(*first.next(head));
  CHECK(first.buffered() == 2);
  websocket_parser second(std::move(first));
  std::span<char> tail(bytes.data() + 8, bytes.size() - 8);
  auto e = second.next(tail);
  REQUIRE((e && *e));
  CHECK((*e)->payload == "moved");
}

// Under a sanitizer mallinfo2 counts nothing and the next two cases check less.
TEST_CASE("announced bytes are not allocated before they arrive") {
  websocket_parser parser(ws_role::server, 0xFFFF'FFFF);
  std::string bytes = "\x82\xFF\x00\x00\x00\x00\xC0\x00\x00\x00maskten bytes."s;
  const auto before = mallinfo2();
  std::span<char> input(bytes);
  CHECK_FALSE(*parser.next(input));
  const auto after = mallinfo2();
  CHECK(parser.buffered() == 10);
  CHECK(after.hblkhd == before.hblkhd);
  CHECK(after.uordblks - before.uordblks < 4096);
}

TEST_CASE("a parser that waits for nothing owns no buffer") {
  CHECK(sizeof(websocket_parser) <= 24);
  std::deque<websocket_parser> parsers;
  for (int i = 0; i < 1000; ++i) parsers.emplace_back(ws_role::server, 1'000'000);
  const auto before = mallinfo2().uordblks;
  for (auto& parser : parsers) {
    std::string bytes = raw_frame(1, std::string(300, 'a')) + raw_frame(fin, "end");
    std::span<char> head(bytes.data(), 100);
    CHECK_FALSE(*parser.next(head));
    CHECK(parser.buffered() > 0);
    std::span<char> tail(bytes.data() + 100, bytes.size() - 100);
    CHECK(*parser.next(tail));
    CHECK_FALSE(*parser.next(tail));
    CHECK(parser.buffered() == 0);
  }
  CHECK(mallinfo2().uordblks < before + 50'000);
}
