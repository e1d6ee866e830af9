#include "net/protocol/websocket_frame.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "net/protocol/utf8.hpp"

using namespace std::literals;
using namespace pushmesh::net;

namespace {

std::string header(ws_opcode op, std::uint64_t size, std::optional<std::uint32_t> mask = {}) {
  char out[max_ws_header];
  return {out, write_ws_header(out, op, size, mask)};
}

}  // namespace

TEST_CASE("frame headers have the shortest of the three length forms") {
  CHECK(header(ws_opcode::text, 0) == "\x81\x00"sv);
  CHECK(header(ws_opcode::text, 125) == "\x81\x7D"sv);
  CHECK(header(ws_opcode::binary, 126) == "\x82\x7E\x00\x7E"sv);
  CHECK(header(ws_opcode::binary, 65535) == "\x82\x7E\xFF\xFF"sv);
  CHECK(header(ws_opcode::text, 65536) == "\x81\x7F\x00\x00\x00\x00\x00\x01\x00\x00"sv);
  CHECK(header(ws_opcode::text, 0x0102030405060708) ==
        "\x81\x7F\x01\x02\x03\x04\x05\x06\x07\x08"sv);
  CHECK(header(ws_opcode::ping, 0) == "\x89\x00"sv);
  CHECK(header(ws_opcode::pong, 1) == "\x8A\x01"sv);
  CHECK(header(ws_opcode::close, 2) == "\x88\x02"sv);
}

TEST_CASE("a masked header carries the mask bit and the key in wire order") {
  std::uint32_t key;
  std::memcpy(&key, "\x37\xFA\x21\x3D", 4);
  CHECK(header(ws_opcode::text, 5, key) == "\x81\x85\x37\xFA\x21\x3D"sv);
  CHECK(header(ws_opcode::text, 200, key) == "\x81\xFE\x00\xC8\x37\xFA\x21\x3D"sv);
  CHECK(header(ws_opcode::text, 65536, key).size() == max_ws_header);
}

TEST_CASE("masking matches the example of RFC 6455 section 5.7") {
  std::uint32_t key;
  std::memcpy(&key, "\x37\xFA\x21\x3D", 4);
  std::string data = "Hello";
  apply_mask(data, key);
  CHECK(data == "\x7F\x9F\x4D\x51\x58"sv);
}

TEST_CASE("masking in pieces at any offset is masking in one piece") {
  std::uint32_t key;
  std::memcpy(&key, "\x01\x82\x43\xF4", 4);
  std::string plain;
  for (int i = 0; i < 100; ++i) plain += static_cast<char>(i * 7);
  std::string whole = plain;
  for (std::size_t i = 0; i < whole.size(); ++i) whole[i] ^= "\x01\x82\x43\xF4"[i % 4];
  for (std::size_t cut = 0; cut <= plain.size(); ++cut) {
    std::string pieces = plain;
    const std::span<char> all(pieces);
    apply_mask(all.first(cut), key);
    apply_mask(all.subspan(cut), key, cut);
    CHECK(pieces == whole);
  }
}

TEST_CASE("a frame is header and concatenated pieces") {
  const auto f = make_frame(ws_opcode::text, {"42/admin,", "", R"(["ev",1])"});
  CHECK(f->bytes() ==
        "\x81\x11"
        R"(42/admin,["ev",1])"sv);
  CHECK(make_frame(ws_opcode::text, {})->bytes() == "\x81\x00"sv);
  const std::string big(70000, 'x');
  CHECK(make_frame(ws_opcode::binary, {big})->bytes() ==
        "\x82\x7F\x00\x00\x00\x00\x00\x01\x11\x70"s + big);
  CHECK(make_raw_frame("HTTP/1.1 200 OK\r\n\r\n")->bytes() == "HTTP/1.1 200 OK\r\n\r\n");
  CHECK(make_raw_frame("")->bytes().empty());
}

TEST_CASE("a frame remembers what its emit asked for and when it was built") {
  const auto before = std::chrono::steady_clock::now();
  const auto f = make_frame(ws_opcode::text, {"2"}, {true, 77, 3});
  CHECK(f->about().is_volatile);
  CHECK(f->about().event_hash == 77);
  CHECK(f->about().policy == 3);
  CHECK(f->built_at() >= before - std::chrono::milliseconds(10));  // the clock is coarse
  CHECK(f->built_at() <= std::chrono::steady_clock::now());
  CHECK_FALSE(make_frame(ws_opcode::text, {"2"})->about().is_volatile);
}

TEST_CASE("close frames carry code and reason") {
  CHECK(make_close_frame(1000, "")->bytes() == "\x88\x02\x03\xE8"sv);
  CHECK(make_close_frame(1009, "too big")->bytes() == "\x88\x09\x03\xF1too big"sv);
  CHECK(make_close_frame(1005, "not sent")->bytes() == "\x88\x00"sv);
}

TEST_CASE("a close reason is cut at 123 bytes and between characters") {
  const auto longest = make_close_frame(1000, std::string(123, 'x'));
  CHECK(longest->bytes().size() == 127);
  CHECK(make_close_frame(1000, std::string(124, 'x'))->bytes().size() == 127);
  const std::string wide = std::string(122, 'x') + "\xE2\x82\xAC";
  const auto cut = make_close_frame(1000, wide);
  CHECK(cut->bytes().size() == 126);
  CHECK(is_valid_utf8(cut->bytes().substr(4)));
}

TEST_CASE("copies share a frame and the last one frees it") {
  const auto before = live_frame_bytes();
  {
    frame_ref a = make_frame(ws_opcode::text, {"hello"});
    CHECK(live_frame_bytes() == before + sizeof(frame) + 7);
    frame_ref b = a;
    CHECK(a.get() == b.get());
    frame_ref c = std::move(a);
    CHECK_FALSE(a);
    CHECK(c.get() == b.get());
    frame_ref& alias = c;
    c = alias;
    CHECK(c->bytes() == "\x81\x05hello"sv);
    b = {};
    CHECK(live_frame_bytes() == before + sizeof(frame) + 7);
    c = make_raw_frame("x");
    CHECK(live_frame_bytes() == before + sizeof(frame) + 1);
  }
  CHECK(live_frame_bytes() == before);
}

TEST_CASE("frames may be shared and released by several threads") {
  const auto before = live_frame_bytes();
  std::vector<std::thread> threads;
  {
    const frame_ref shared = make_frame(ws_opcode::text, {"shared"});
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([shared] {
        for (int i = 0; i < 10'000; ++i) {
          frame_ref mine = shared;
          if (mine->bytes().size() != 8) std::abort();
        }
      });
  }
  for (auto& t : threads) t.join();
  CHECK(live_frame_bytes() == before);
}

TEST_CASE("a packet with attachments is one frame object that holds frame behind frame") {
  const std::string large(70'000, 'x');
  const std::array attachments{pushmesh::binary(std::string("\x01\x02")), pushmesh::binary(),
                               pushmesh::binary(large)};
  const auto f = make_packet_frame({"45", "1-[]"}, attachments);
  std::string expected =
      "\x81\x06"
      "451-[]"
      "\x82\x02\x01\x02";
  expected += std::string("\x82\x00", 2);
  expected += std::string("\x82\x7f\0\0\0\0\0\x01\x11\x70", 10) + large;
  CHECK(f->bytes() == expected);
  CHECK(make_packet_frame({"42[]"}, {})->bytes() ==
        "\x81\x04"
        "42[]");
}

TEST_CASE("for Engine.IO 3 the byte 04 stands in front of each binary payload") {
  const auto text = make_packet_frame({"42[]"}, {});
  CHECK(engineio3_form(text).get() == text.get());

  const auto before = live_frame_bytes();
  {
    const std::string edge(125, 'x'), large(70'000, 'y');
    const std::array attachments{pushmesh::binary(std::string("\x01\x02")), pushmesh::binary(),
                                 pushmesh::binary(edge), pushmesh::binary(large)};
    const auto f = make_packet_frame({"454-[]"}, attachments, {.is_volatile = true});
    const auto form = engineio3_form(f);
    std::string expected =
        "\x81\x06"
        "454-[]"
        "\x82\x03\x04\x01\x02"
        "\x82\x01\x04";
    expected += std::string("\x82\x7e\x00\x7e\x04", 5) + edge;
    expected += std::string("\x82\x7f\0\0\0\0\0\x01\x11\x71\x04", 11) + large;
    CHECK(form->bytes() == expected);
    CHECK(form->about().is_volatile);
    CHECK(engineio3_form(f).get() == form.get());
    CHECK(engineio3_form(form).get() == form.get());
    CHECK(engineio3_form(make_frame(ws_opcode::binary, {"x"}))->bytes() == "\x82\x02\x04x");
  }
  CHECK(live_frame_bytes() == before);
}

TEST_CASE("the other form of a frame is made once, whichever threads ask") {
  for (int round = 0; round < 200; ++round) {
    const auto f = make_frame(ws_opcode::binary, {"x"});
    std::vector<const frame*> got(4);
    std::vector<std::thread> threads;
    for (auto& g : got) threads.emplace_back([&] { g = engineio3_form(f).get(); });
    for (auto& t : threads) t.join();
    for (const auto* g : got) CHECK(g == got[0]);
  }
}
