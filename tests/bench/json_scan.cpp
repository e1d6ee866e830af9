// What one event costs to validate and cut into raw arguments: our scanner beside RapidJSON's
// iterative reader, which does the same work here (docs/decisions/0004-own-json-scanner.md).
#include <benchmark/benchmark.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "net/protocol/json_scanner.hpp"

namespace {

using pushmesh::net::scan_json;

// Cuts the elements of the top-level array out of the text, as scan_json does.
class slicer {
 public:
  slicer(const rapidjson::MemoryStream& in, std::vector<std::string_view>& elements)
      : in_(in), elements_(elements) {}

  bool Null() { return scalar(); }
  bool Bool(bool) { return scalar(); }
  bool Int(int) { return scalar(); }
  bool Uint(unsigned) { return scalar(); }
  bool Int64(std::int64_t) { return scalar(); }
  bool Uint64(std::uint64_t) { return scalar(); }
  bool Double(double) { return scalar(); }
  bool RawNumber(const char*, rapidjson::SizeType, bool) { return scalar(); }
  bool String(const char*, rapidjson::SizeType, bool) { return scalar(); }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    placeholder_ = placeholder_ || std::string_view(text, size) == "_placeholder";
    return true;
  }
  bool StartObject() { return open(); }
  bool EndObject(rapidjson::SizeType) { return close(); }
  bool StartArray() { return open(); }
  bool EndArray(rapidjson::SizeType) { return close(); }
  bool placeholder() const { return placeholder_; }

 private:
  // The reader stands behind what it reports; the element began behind the last comma.
  bool scalar() {
    if (depth_ == 1) add();
    return true;
  }
  bool open() {
    if (depth_++ == 0) begin_ = in_.Tell();
    return depth_ <= 512;
  }
  bool close() {
    if (--depth_ == 1) add();
    return true;
  }
  void add() {
    while (*(in_.begin_ + begin_) == ',' || *(in_.begin_ + begin_) == ' ') ++begin_;
    elements_.emplace_back(in_.begin_ + begin_, in_.Tell() - begin_);
    begin_ = in_.Tell();
  }

  const rapidjson::MemoryStream& in_;
  std::vector<std::string_view>& elements_;
  std::size_t begin_ = 0;
  std::size_t depth_ = 0;
  bool placeholder_ = false;
};

std::string small_event() {
  return R"(["echo","hello",42])";
}

std::string chat_event() {
  return R"(["message",{"room":"general","from":{"id":4711,"name":"Ada Lovelace"},"text":"The quick )"
         R"(brown fox jumps over the lazy dog \u2014 twice.","at":1700000000123,"tags":["a","b"],)"
         R"("urgent":false,"reply_to":null}])";
}

std::string large_event() {
  std::string event = R"(["table",[)";
  for (int row = 0; row < 200; ++row) {
    if (row != 0) event += ',';
    event += R"({"symbol":"ABC)" + std::to_string(row) + R"(","bid":101.25,"ask":101.5,"size":)" +
             std::to_string(row * 100) + R"(,"venue":"XETRA"})";
  }
  return event + "]]";
}

void with_our_scanner(benchmark::State& state, const std::string& text) {
  std::vector<std::string_view> elements;
  for (auto _ : state) {
    elements.clear();
    auto scan = scan_json(text, 512, &elements);
    if (!scan || elements.size() < 2) state.SkipWithError("not accepted");
    benchmark::DoNotOptimize(elements.data());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}

void with_rapidjson(benchmark::State& state, const std::string& text) {
  std::vector<std::string_view> elements, expected;
  (void)scan_json(text, 512, &expected);
  rapidjson::Reader reader;
  for (auto _ : state) {
    elements.clear();
    rapidjson::MemoryStream in(text.data(), text.size());
    slicer handler(in, elements);
    constexpr unsigned flags =
        rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
    if (!reader.Parse<flags>(in, handler) || elements.size() < 2)
      state.SkipWithError("not accepted");
    benchmark::DoNotOptimize(elements.data());
  }
  if (elements != expected) state.SkipWithError("cut otherwise than by our scanner");
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}

BENCHMARK_CAPTURE(with_our_scanner, small, small_event());
BENCHMARK_CAPTURE(with_rapidjson, small, small_event());
BENCHMARK_CAPTURE(with_our_scanner, chat, chat_event());
BENCHMARK_CAPTURE(with_rapidjson, chat, chat_event());
BENCHMARK_CAPTURE(with_our_scanner, large, large_event());
BENCHMARK_CAPTURE(with_rapidjson, large, large_event());

}  // namespace

BENCHMARK_MAIN();
