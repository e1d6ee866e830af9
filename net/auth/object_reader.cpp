#include "net/auth/object_reader.hpp"

// RapidJSON 1.1.0 compares null + n with null while its stacks are empty, which clang's UBSan
// stops at.
#ifdef __clang__
#pragma clang attribute push(__attribute__((no_sanitize("pointer-overflow"))), apply_to = function)
#endif
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#ifdef __clang__
#pragma clang attribute pop
#endif

#include <cstddef>

namespace pushmesh::net {
namespace {

constexpr std::size_t max_depth = 16;

// Passes what the reader tells to the sink. Depth 1 is inside the object itself.
class events {
 public:
  explicit events(object_sink& sink) : sink_(sink) {}

  using size = rapidjson::SizeType;
  using kind = object_item::kind;
  bool Null() { return item(kind::null, {}); }
  bool Bool(bool) { return item(kind::boolean, {}); }
  // Numbers come as text: the reader's own parsing of large exponents overflows.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }
  bool RawNumber(const char* text, size length, bool) { return item(kind::number, {text, length}); }
  bool String(const char* text, size length, bool) { return item(kind::string, {text, length}); }
  bool Key(const char* text, size length, bool) {
    if (depth_ == 1) name_.assign(text, length);
    return true;
  }
  bool StartObject() { return (depth_ == 0 || item(kind::object, {})) && enter(false); }
  bool StartArray() { return depth_ > 0 && item(kind::array, {}) && enter(true); }
  bool EndObject(size) { return leave(); }
  bool EndArray(size) { return leave(); }

 private:
  bool item(kind type, std::string_view text) {
    if (depth_ == 1) return sink_.take({name_, type, text, false});
    if (depth_ == 2 && in_list_) return sink_.take({name_, type, text, true});
    return depth_ > 0;
  }
  bool enter(bool array) {
    if (depth_ == 1) in_list_ = array;
    return ++depth_ <= max_depth;
  }
  bool leave() {
    --depth_;
    return true;
  }

  object_sink& sink_;
  std::string name_;
  std::size_t depth_ = 0;
  bool in_list_ = false;  // the member at hand is an array
};

}  // namespace

bool read_json_object(std::string_view text, object_sink& sink) {
  // The reader takes a zero byte for the end of the text.
  if (text.empty() || text.find('\0') != std::string_view::npos) return false;
  constexpr unsigned flags = rapidjson::kParseIterativeFlag |
                             rapidjson::kParseValidateEncodingFlag |
                             rapidjson::kParseNumbersAsStringsFlag;
  rapidjson::MemoryStream in(text.data(), text.size());
  rapidjson::Reader reader;
  events e(sink);
  return !reader.Parse<flags>(in, e).IsError();
}

}  // namespace pushmesh::net
