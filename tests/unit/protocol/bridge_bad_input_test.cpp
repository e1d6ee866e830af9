#include <doctest/doctest.h>

#include <string>

#include "net/protocol/bridge/bridge_broadcast.hpp"
#include "net/protocol/bridge/bridge_request.hpp"
#include "net/protocol/json_scanner.hpp"
#include "tests/unit/protocol/bridge_bytes.hpp"

using namespace pushmesh::net;
using namespace pushmesh::test;
using namespace std::string_view_literals;

namespace {

// ["emitter", {type: 2, data: DATA, nsp: "/"}, {rooms: [], flags: {}}]
const std::string head = from_hex("93a7656d697474657283a47479706502a464617461");
const std::string tail = from_hex("a36e7370a12f82a5726f6f6d7390a5666c61677380");

std::string refused(std::string_view bytes, const bridge_limits& limits = {}) {
  const auto b = decode_broadcast(bytes, limits);
  return b ? "accepted" : std::string(name_of(b.error()));
}

std::string refused_request(std::string_view bytes, const bridge_limits& limits = {}) {
  const auto r = decode_request(bytes, limits);
  return r ? "accepted" : std::string(name_of(r.error()));
}

std::string repeated(std::string_view piece, std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += piece;
  return all;
}

}  // namespace

TEST_CASE("hostile broadcasts are refused by name") {
  const struct {
    const char* what;
    std::string bytes;
    std::string_view name;
  } table[] = {
      {"nothing", "", "malformed"},
      {"one byte", "\x93", "malformed"},
      {"text", "hello", "malformed"},
      {"JSON", R"(["emitter",{"type":2,"data":["hi"],"nsp":"/"},{"rooms":[]}])", "malformed"},
      {"the byte that nothing uses", "\xc1", "malformed"},
      {"a byte behind the message", head + from_hex("91a26869") + tail + "\xc0", "malformed"},
      {"a cut string", head + from_hex("91bf6869"), "malformed"},
      {"an array of 4 G elements", from_hex("ddffffffff"), "malformed"},
      {"a map of 4 G elements", from_hex("dfffffffff"), "malformed"},
      {"a string of 4 GB", from_hex("93dbffffffff61"), "malformed"},
      {"bytes of 4 GB", head + from_hex("92a26869c6ffffffff"), "malformed"},
      {"an extension of 4 GB", head + from_hex("92a26869c9ffffffff01"), "malformed"},
      {"a number", "\x05", "bad_shape"},
      {"a map", from_hex("81a16101"), "bad_shape"},
      {"no options", from_hex("92a7656d697474657283a47479706502a46461746191a26869a36e7370a12f"),
       "bad_shape"},
      {"uid is a number", from_hex("9301") + head.substr(9) + from_hex("91a26869") + tail,
       "bad_shape"},
      {"packet is a list", from_hex("93a7656d69747465729080"), "bad_shape"},
      {"type is text",
       from_hex("93a7656d697474657283a474797065a132a46461746191a26869a36e7370a12f") +
           tail.substr(6),
       "bad_shape"},
      {"no type", from_hex("93a7656d697474657281a46461746191a26869") + tail.substr(6), "bad_shape"},
      {"type is ACK", from_hex("93a7656d697474657283a47479706503a46461746191a26869") + tail,
       "other_packet"},
      {"type is CONNECT", from_hex("93a7656d697474657283a47479706500a46461746191a26869") + tail,
       "other_packet"},
      {"type is 2.5",
       from_hex("93a7656d697474657283a474797065cb4004000000000000a46461746191a26869") + tail,
       "other_packet"},
      {"data is text", head + from_hex("a26869") + tail, "bad_shape"},
      {"data is a map", head + from_hex("80") + tail, "bad_shape"},
      {"data is empty", head + from_hex("90") + tail, "bad_shape"},
      {"data is null", head + from_hex("c0") + tail, "bad_shape"},
      {"the event name is null", head + from_hex("91c0") + tail, "bad_shape"},
      {"the event name is a list", head + from_hex("9190") + tail, "bad_shape"},
      {"the event name is bytes", head + from_hex("91c40101") + tail, "bad_shape"},
      {"nsp is a number", head + from_hex("91a26869a36e737001") + tail.substr(6), "bad_shape"},
      {"options are a list", head + from_hex("91a26869a36e7370a12f90"), "bad_shape"},
      {"no rooms", head + from_hex("91a26869a36e7370a12f80"), "bad_shape"},
      {"rooms is null", head + from_hex("91a26869a36e7370a12f81a5726f6f6d73c0"), "bad_shape"},
      {"rooms is text", head + from_hex("91a26869a36e7370a12f81a5726f6f6d73a27231"), "bad_shape"},
      {"a room is a list", head + from_hex("91a26869a36e7370a12f81a5726f6f6d739190"), "bad_shape"},
      {"except is text",
       head + from_hex("91a26869a36e7370a12f82a5726f6f6d7390a6657863657074a27231"), "bad_shape"},
      {"a room is bytes", head + from_hex("91a26869a36e7370a12f81a5726f6f6d7391c40101"),
       "bad_shape"},
      {"a key is a list", head + from_hex("92a26869819001") + tail, "bad_shape"},
      {"a key is bytes", head + from_hex("92a2686981c4010101") + tail, "bad_shape"},
      {"a reserved event", head + from_hex("91a7636f6e6e656374") + tail, "reserved_event"},
      {"pickle, protocol 2", from_hex("80027d7100285506"), "pickled"},
      {"pickle, protocol 5", from_hex("8005951e00000000"), "pickled"},
      {"too deep", head + "\x92\xa2hi" + repeated("\x91", 100) + "\xc0" + tail, "too_deep"},
      {"far too deep", head + "\x92\xa2hi" + repeated("\x91", 1'000'000), "too_deep"},
      {"maps too deep",
       head + "\x92\xa2hi" +
           repeated("\x81\xa1"
                    "a",
                    100) +
           "\xc0" + tail,
       "too_deep"},
      {"11 attachments", head + "\x9c\xa2hi" + repeated(from_hex("c40101"), 11) + tail,
       "too_many_attachments"},
  };
  for (const auto& row : table) {
    CAPTURE(row.what);
    CHECK(refused(row.bytes) == row.name);
  }
}

TEST_CASE("every bound of a broadcast holds, and one less is accepted") {
  bridge_limits limits;
  const auto message = head + from_hex("93a26869c0c0") + tail;
  limits.max_message = message.size();
  CHECK(refused(message, limits) == "accepted");
  limits.max_message -= 1;
  CHECK(refused(message, limits) == "too_large");
  limits = {};
  limits.max_json = 1000;
  CHECK(refused(head + "\x92\xa2hi\xda\x01\x90" + std::string(400, 'x') + tail, limits) ==
        "accepted");
  CHECK(refused(head + "\x92\xa2hi\xda\x01\x90" + std::string(400, '\1') + tail, limits) ==
        "too_large");
  limits = {};
  limits.max_elements = 40;
  const auto nulls = [&](unsigned n) {
    return head + "\xdc" + std::string(1, '\0') + static_cast<char>(n + 1) + "\xa2hi" +
           repeated("\xc0", n) + tail;
  };
  CHECK(refused(nulls(10), limits) == "accepted");
  CHECK(refused(nulls(40), limits) == "too_many_elements");
  limits = {};
  limits.max_depth = 6;
  CHECK(refused(head + from_hex("92a26869919191c0") + tail, limits) == "accepted");
  CHECK(refused(head + from_hex("92a2686991919191c0") + tail, limits) == "too_deep");
}

TEST_CASE("every cut of a message is refused, in both dialects") {
  const auto cut = [](const std::string& message) {
    for (std::size_t n = 0; n < message.size(); ++n)
      if (decode_broadcast(std::string_view(message).substr(0, n), {})) return n;
    return message.size();
  };
  const auto today =
      head +
      from_hex("95a26869c403010203cb3ff8000000000000d7ff1d5353005f5e1000cfffffffffffffffff") + tail;
  const auto old = head + from_hex("94a26869d80003010203c4cb3ff8000000000000") + tail;
  REQUIRE(decode_broadcast(today, {}));
  REQUIRE(decode_broadcast(old, {}));
  CHECK(cut(today) == today.size());
  CHECK(cut(old) == old.size());
}

TEST_CASE("every message with one changed byte gives valid JSON or an error") {
  const auto message =
      head + from_hex("95a26869c403010203cb3ff8000000000000d7ff1d5353005f5e100081a16101") + tail;
  for (std::size_t i = 0; i < message.size(); ++i) {
    for (int change = 1; change < 256; ++change) {
      auto changed = message;
      changed[i] = static_cast<char>(changed[i] ^ change);
      if (const auto b = decode_broadcast(changed, {}))
        REQUIRE(scan_json("[" + b->event.args + "]", 100));
    }
  }
}

TEST_CASE("what JSON cannot hold becomes what JavaScript makes of it") {
  const auto args = [](const char* hex) {
    const auto b = decode_broadcast(head + from_hex("92a26869") + from_hex(hex) + tail, {});
    return b ? b->event.args : std::string(name_of(b.error()));
  };
  CHECK(args("cb7ff8000000000000") == "null");  // NaN
  CHECK(args("cbfff0000000000000") == "null");  // -Infinity
  CHECK(args("cb8000000000000000") == "0");     // -0
  CHECK(args("cb4415af1d78b58c40") == "100000000000000000000");
  CHECK(args("cb444b1ae4d6e2ef50") == "1e+21");
  CHECK(args("ca3dcccccd") == "0.10000000149011612");  // float32 of 0.1
  CHECK(args("cfffffffffffffffff") == "18446744073709551615");
  CHECK(args("d38000000000000000") == "-9223372036854775808");
  CHECK(args("a3ff80fe") == "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");  // not UTF-8
  CHECK(args("a41e00220a") == R"("\u001e\u0000\"\n")");
  CHECK(args("8201c2c0c3") == R"({"1":false,"null":true})");  // keys that are no strings
  CHECK(args("82a16101a16102") == R"({"a":1,"a":2})");
  CHECK(args("d4ff00") == "null");  // a timestamp of no known size
  CHECK(args("c70cff3b9ac9ffffffffffffffffff") == R"("1969-12-31T23:59:59.999Z")");
  CHECK(args("d7007fffffffffffffff") == "null");  // no date
  CHECK(args("d40dc0") == "null");                // a date that is no number
  CHECK(args("d50d9105") == "null");              // a date that is a list
  CHECK(args("d40a00") == "null");                // an unknown extension
}

TEST_CASE("an attachment inside of what looks like a placeholder is refused") {
  // {"_placeholder": true, "x": <01>}: clients would never find the attachment, and fail.
  const auto fake = from_hex("82ac5f706c616365686f6c646572c3a178c40101");
  CHECK(refused(head + from_hex("92a26869") + fake + tail) == "bad_shape");
  CHECK(refused(head + from_hex("93a26869c40102") + fake + tail) == "bad_shape");
  // The last member of a name counts.
  const auto harmless =
      from_hex("83ac5f706c616365686f6c646572c3a178c40101ac5f706c616365686f6c646572c2");
  CHECK(refused(head + from_hex("92a26869") + harmless + tail) == "accepted");
}

TEST_CASE("many objects that look like placeholders cost no more than others") {
  const auto count = 500'000u;
  const auto fake = from_hex("82ac5f706c616365686f6c646572c3a36e756d00");  // with num 0
  auto message = head + from_hex("93a26869c40101dd") + from_hex("0007a120");
  message += repeated(fake, count) + tail;
  const auto b = decode_broadcast(message, {});  // one by one that would be a matter of hours
  REQUIRE(b);
  CHECK(b->event.args.size() == R"({"_placeholder":true,"num":0},[])"sv.size() + 5 * count - 1);
}

TEST_CASE("an event name that is a number is its text") {
  const auto b = decode_broadcast(head + from_hex("9105") + tail, {});
  REQUIRE(b);
  CHECK(b->event.name == "5");
}

TEST_CASE("hostile requests are refused by name") {
  const struct {
    std::string text;
    std::string_view name;
  } table[] = {
      {"", "malformed"},
      {"{", "malformed"},
      {"{}", "bad_shape"},
      {"[]", "malformed"},
      {"{} x", "malformed"},
      {std::string("{}\0", 3), "malformed"},
      {R"({"type":2,})", "malformed"},
      {R"({"type":"2","opts":{"rooms":[]},"rooms":["a"]})", "bad_shape"},
      {R"({"type":2,"rooms":["a"]})", "bad_shape"},
      {R"({"type":2,"opts":{},"rooms":["a"]})", "bad_shape"},
      {R"({"type":2,"opts":{"rooms":null},"rooms":["a"]})", "bad_shape"},
      {R"({"type":2,"opts":{"rooms":"r1"},"rooms":["a"]})", "bad_shape"},
      {R"({"type":2,"opts":{"rooms":[]}})", "bad_shape"},
      {R"({"type":2,"opts":{"rooms":[],"except":"r"},"rooms":["a"]})", "bad_shape"},
      {R"({"type":2,"opts":{"rooms":[["r"]]},"rooms":["a"]})", "bad_shape"},
      {R"({"type":2,"sid":"x","room":[]})", "bad_shape"},
      {R"({"type":4})", "bad_shape"},
      {R"({"type":4,"opts":{}})", "bad_shape"},
      {R"({"type":6})", "bad_shape"},
      {R"({"type":6,"data":[]})", "bad_shape"},
      {R"({"type":6,"data":[{}]})", "bad_shape"},
      {R"({"type":0,"requestId":"x"})", "other_request"},
      {R"({"type":5,"requestId":"x","opts":{"rooms":[]}})", "other_request"},
      {R"({"type":77})", "other_request"},
      {R"({"type":6,"data":)" + repeated("[", 1'000'000), "too_deep"},
      {R"({"type":6,"data":["e",)" + repeated("[", 70) + repeated("]", 70) + "]}", "too_deep"},
  };
  for (const auto& row : table) {
    CAPTURE(row.text.substr(0, 100));
    CHECK(refused_request(row.text) == row.name);
  }
  bridge_limits limits;
  limits.max_message = 10;
  CHECK(refused_request(R"({"type":4,"opts":{"rooms":[]}})", limits) == "too_large");
}
