// What real emitters publish, byte by byte.
#include <doctest/doctest.h>

#include <string>

#include "net/protocol/bridge/bridge_broadcast.hpp"
#include "net/protocol/bridge/bridge_channels.hpp"
#include "tests/unit/protocol/bridge_bytes.hpp"
#include "tests/unit/protocol/emitter_captures.hpp"

using namespace pushmesh::net;
using namespace pushmesh::test;

namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string all;
  for (const auto& name : names) all += (all.empty() ? "" : ",") + name;
  return all;
}

/// `NSP EVENT [ARGS] [+ ATTACHMENTS] [in ROOMS] [not ROOMS] [volatile]`
std::string meaning(std::string_view bytes, std::string_view channel,
                    std::string_view key = "socket.io") {
  const bridge_channels channels{std::string(key)};
  if (channels.kind_of(channel) == bridge_channels::kind::emitter_0) return "emitter_0";
  auto b = decode_broadcast(bytes, bridge_limits{});
  if (!b) return std::string(name_of(b.error()));
  const auto copy = match_channel(*b, key, channel);
  if (!copy) return std::string(name_of(copy.error()));
  if (*copy == bridge_copy::duplicate) return "duplicate";
  auto all = b->nsp + " " + b->event.name + " [" + b->event.args + "]";
  for (std::size_t i = 0; i < b->event.attachments.size(); ++i)
    all += (i == 0 ? " + " : " ") + to_hex(b->event.attachments[i].view());
  if (!b->rooms.empty()) all += " in " + joined(b->rooms);
  if (!b->except.empty()) all += " not " + joined(b->except);
  if (b->is_volatile) all += " volatile";
  return all;
}

}  // namespace

TEST_CASE("what the emitter packages published is understood") {
  for (const auto& c : captured_publishes) {
    CAPTURE(c.call);
    CAPTURE(c.version);
    CHECK(meaning(from_hex(c.bytes), c.channel) == c.meaning);
  }
}

TEST_CASE("an attachment longer than 64 KiB is understood in both dialects") {
  const std::string large(70'000, '\1');
  const auto head = from_hex("93a7656d697474657283a47479706505a46461746192a162");
  const auto tail = from_hex("a36e7370a12f82a5726f6f6d7390a5666c61677380");
  const auto expected = R"(/ b [{"_placeholder":true,"num":0}] + )" + to_hex(large);
  for (const auto* size : {"d900011170", "c600011170"})
    CHECK(meaning(head + from_hex(size) + large + tail, "socket.io#/#") == expected);
}

TEST_CASE("rase/socket.io-php-emitter packs empty lists where others pack maps") {
  // [uid, {type, data: ["hi", {"a": 1}], nsp}, {rooms: ["r1"], flags: []}]
  const auto bytes = from_hex(
      "93a7656d697474657283a47479706502a46461746192a2686981a16101a36e7370a12f"
      "82a5726f6f6d7391a27231a5666c61677390");
  CHECK(meaning(bytes, "socket.io#/#r1#") == R"(/ hi [{"a":1}] in r1)");
  // array_unique() leaves gaps, which makes a list a map: {0: "r1", 2: "r2"}.
  const auto gaps = from_hex(
      "93a7656d697474657283a47479706502a46461746191a26869a36e7370a12f"
      "82a5726f6f6d738200a2723102a27232a5666c61677390");
  CHECK(meaning(gaps, "socket.io#/#") == "/ hi [] in r1,r2");
}

TEST_CASE("the Go emitter's order of keys makes no difference") {
  // [uid, {data: ["hi"], nsp: "/", type: 2}, {flags: {}, rooms: []}], maps sorted by key.
  const auto bytes = from_hex(
      "93a7656d697474657283a46461746191a26869a36e7370a12fa47479706502"
      "82a5666c61677380a5726f6f6d7390");
  CHECK(meaning(bytes, "socket.io#/#") == "/ hi []");
}

TEST_CASE("an official server's broadcast is one like any other") {
  // uid of six characters; the packet carries an id only when it asks for an ack.
  const auto bytes = from_hex(
      "93a6416263313233"
      "83a47479706502a46461746191a26869a36e7370a12f"
      "83a5726f6f6d7390a665786365707491a27232a5666c61677380");
  CHECK(meaning(bytes, "socket.io#/#") == "/ hi [] not r2");
}

TEST_CASE("another key, rooms with # and namespaces without slash find their channel") {
  const auto in_room = [](std::string_view room) {
    return from_hex(
               "93a7656d697474657283a47479706502a46461746191a26869a36e7370a12f82a5726f6f6d7391") +
           static_cast<char>(0xa0 + room.size()) + std::string(room) + from_hex("a5666c61677380");
  };
  CHECK(meaning(in_room("a#b"), "my[key]#/#a#b#", "my[key]") == "/ hi [] in a#b");
  CHECK(meaning(in_room("/x#id"), "k#/#/x#id#", "k") == "/ hi [] in /x#id");
  const auto bare = from_hex(
      "93a7656d697474657283a47479706502a46461746191a26869a36e7370a361646d"
      "82a5726f6f6d7390a5666c61677380");
  CHECK(meaning(bare, "socket.io#adm#") == "/adm hi []");
}

TEST_CASE("a missing namespace means the default one") {
  const auto bytes =
      from_hex("93a7656d697474657282a47479706502a46461746191a2686982a5726f6f6d7390a5666c61677380");
  CHECK(meaning(bytes, "socket.io#/#") == "/ hi []");
  CHECK(meaning(bytes, "socket.io#/adm#") == "wrong_channel");
}

TEST_CASE("a room that only the channel names is not everybody") {
  const auto bytes = from_hex(
      "93a7656d697474657283a47479706502a46461746191a26869a36e7370a12f82a5726f6f6d7390a5666c6167738"
      "0");
  CHECK(meaning(bytes, "socket.io#/#r1#") == "/ hi [] in r1");
}
