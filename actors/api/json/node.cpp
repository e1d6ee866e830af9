#include "actors/api/json/node.hpp"

// RapidJSON 1.1.0 compares null + n with null while its stacks are empty, which clang's UBSan
// stops at.
#ifdef __clang__
#pragma clang attribute push(__attribute__((no_sanitize("pointer-overflow"))), apply_to = function)
#endif
#include <rapidjson/document.h>
#include <rapidjson/error/en.h>
#ifdef __clang__
#pragma clang attribute pop
#endif

#include <algorithm>
#include <cmath>
#include <new>

#include "actors/api/json/failure.hpp"
#include "actors/api/json_writer.hpp"
#include "net/protocol/json_scanner.hpp"

namespace pushmesh {

std::string_view to_string(json_kind kind) noexcept {
  constexpr std::string_view names[] = {"null", "boolean", "number", "string", "array", "object"};
  return names[static_cast<std::size_t>(kind)];
}

namespace json_detail {
namespace {

using value = rapidjson::Value;
using rapidjson::SizeType;

/// A DOM with the pool its nodes live in. Its destruction frees the pool and does not walk.
struct tree {
  explicit tree(std::size_t chunk) : pool(chunk), dom(&pool) {}
  rapidjson::MemoryPoolAllocator<> pool;
  rapidjson::Document dom;
};

const value& as_value(const void* pointer) noexcept {
  static const value null;
  return pointer ? *static_cast<const value*>(pointer) : null;
}

/// RapidJSON's default chunk of 64 KiB would be a lot to keep for a small value.
std::size_t chunk_for(std::size_t text_size) {
  return std::clamp<std::size_t>(text_size * 2, 256, 64 * 1024);
}

number to_number(const value& v) noexcept {
  if (v.IsInt64()) return std::int64_t{v.GetInt64()};
  if (v.IsUint64()) return std::uint64_t{v.GetUint64()};
  return v.GetDouble();
}

bool is_infinite(const number& n) noexcept {
  const auto* real = std::get_if<double>(&n);
  return real != nullptr && std::isinf(*real);
}

value from_number(const number& n) {
  return std::visit([](auto held) { return value(held); }, n);
}

/// Passes the reader's events to the DOM, counting depth and reading numbers ourselves: number
/// parsing of RapidJSON 1.1.0 overflows on large exponents.
struct tree_builder {
  rapidjson::Document& dom;
  std::size_t depth = 0;
  bool too_deep = false;
  bool too_large = false;

  bool Null() { return dom.Null(); }
  bool Bool(bool b) { return dom.Bool(b); }
  bool Int(int n) { return dom.Int(n); }
  bool Uint(unsigned n) { return dom.Uint(n); }
  bool Int64(std::int64_t n) { return dom.Int64(n); }
  bool Uint64(std::uint64_t n) { return dom.Uint64(n); }
  bool Double(double n) { return dom.Double(n); }
  bool RawNumber(const char* text, SizeType length, bool) {
    const auto n = parse_number({text, length});
    too_large = n && is_infinite(*n);
    return n && !too_large && std::visit([this](auto held) { return put(held); }, *n);
  }
  bool String(const char* text, SizeType length, bool) { return dom.String(text, length, true); }
  bool Key(const char* text, SizeType length, bool) { return dom.Key(text, length, true); }
  bool StartObject() { return enter() && dom.StartObject(); }
  bool StartArray() { return enter() && dom.StartArray(); }
  bool EndObject(SizeType members) { return leave() && dom.EndObject(members); }
  bool EndArray(SizeType elements) { return leave() && dom.EndArray(elements); }

 private:
  bool put(std::int64_t n) { return dom.Int64(n); }
  bool put(std::uint64_t n) { return dom.Uint64(n); }
  bool put(double n) { return dom.Double(n); }
  bool enter() {
    too_deep = ++depth > max_depth;
    return !too_deep;
  }
  bool leave() {
    --depth;
    return true;
  }
};

constexpr std::string_view too_large_number = "a number is too large for a double";

std::string_view explain(rapidjson::ParseErrorCode code) {
  if (code == rapidjson::kParseErrorNumberTooBig) return too_large_number;
  if (code == rapidjson::kParseErrorStringUnicodeSurrogateInvalid) {
    return "a string holds half of a surrogate pair";
  }
  return rapidjson::GetParseError_En(code);
}

std::string_view trimmed(std::string_view raw) {
  constexpr std::string_view white_space = " \t\r\n";
  const auto first = raw.find_first_not_of(white_space);
  if (first == std::string_view::npos) return {};
  return raw.substr(first, raw.find_last_not_of(white_space) - first + 1);
}

void append_elements(std::string& out, const node& array, std::size_t enough) {
  separator separate;
  out += '[';
  for (std::size_t i = 0; i < array.size() && out.size() <= enough; ++i) {
    separate(out);
    append_node(out, array.element(i), enough);
  }
  out += ']';
}

void append_members(std::string& out, const node& object, std::size_t enough) {
  separator separate;
  out += '{';
  for (std::size_t i = 0; i < object.size() && out.size() <= enough; ++i) {
    separate(out);
    append_text(out, object.member_name(i).substr(0, enough));
    out += ':';
    append_node(out, object.member(i), enough);
  }
  out += '}';
}

}  // namespace

json_kind node::kind() const noexcept {
  switch (as_value(value_).GetType()) {
    case rapidjson::kNullType:
      return json_kind::null;
    case rapidjson::kFalseType:
    case rapidjson::kTrueType:
      return json_kind::boolean;
    case rapidjson::kNumberType:
      return json_kind::number;
    case rapidjson::kStringType:
      return json_kind::string;
    case rapidjson::kArrayType:
      return json_kind::array;
    case rapidjson::kObjectType:
      return json_kind::object;
  }
  return json_kind::null;
}

bool node::as_bool() const noexcept {
  return as_value(value_).GetBool();
}

number node::as_number() const noexcept {
  return to_number(as_value(value_));
}

std::string_view node::as_string() const noexcept {
  const auto& v = as_value(value_);
  return {v.GetString(), v.GetStringLength()};
}

std::optional<binary> node::as_binary() const {
  if (!*attachments_) return std::nullopt;
  const auto mark = find("_placeholder");
  if (!mark || mark->kind() != json_kind::boolean || !mark->as_bool()) return std::nullopt;
  const auto num = find("num");
  if (!num || num->kind() != json_kind::number) return std::nullopt;
  const auto index = std::visit([](auto n) { return static_cast<double>(n); }, num->as_number());
  const auto& all = **attachments_;
  if (!(index >= 0 && index < static_cast<double>(all.size()))) return std::nullopt;
  return all[static_cast<std::size_t>(index)];
}

std::size_t node::size() const noexcept {
  const auto& v = as_value(value_);
  if (v.IsArray()) return v.Size();
  return v.IsObject() ? v.MemberCount() : 0;
}

node node::element(std::size_t index) const noexcept {
  return {&as_value(value_)[static_cast<SizeType>(index)], *owner_, *attachments_};
}

node node::member(std::size_t index) const noexcept {
  return {&as_value(value_).MemberBegin()[static_cast<std::ptrdiff_t>(index)].value, *owner_,
          *attachments_};
}

std::string_view node::member_name(std::size_t index) const noexcept {
  const auto& name = as_value(value_).MemberBegin()[static_cast<std::ptrdiff_t>(index)].name;
  return {name.GetString(), name.GetStringLength()};
}

std::optional<node> node::find(std::string_view name) const noexcept {
  if (kind() != json_kind::object) return std::nullopt;
  for (auto i = size(); i-- > 0;) {
    if (member_name(i) == name) return member(i);
  }
  return std::nullopt;
}

std::shared_ptr<const void> node::share() const {
  if (*owner_) return {*owner_, value_};
  if (kind() == json_kind::null) return nullptr;
  const auto& scalar = as_value(value_);
  const std::size_t length = scalar.IsString() ? scalar.GetStringLength() : 0;
  const auto copy = std::make_shared<tree>(chunk_for(length));
  // CopyFrom() of RapidJSON 1.1.0 would share the bytes of a string it does not own.
  if (scalar.IsString()) {
    copy->dom.SetString(scalar.GetString(), scalar.GetStringLength(), copy->pool);
  } else {
    copy->dom.CopyFrom(scalar, copy->pool);
  }
  return {copy, static_cast<const value*>(&copy->dom)};
}

void append_node(std::string& out, const node& value, std::size_t enough) {
  switch (value.kind()) {
    case json_kind::null:
      out += "null";
      return;
    case json_kind::boolean:
      out += value.as_bool() ? "true" : "false";
      return;
    case json_kind::number:
      std::visit([&out](auto n) { append_number(out, n); }, value.as_number());
      return;
    case json_kind::string:
      append_text(out, value.as_string().substr(0, enough));
      return;
    case json_kind::array:
      append_elements(out, value, enough);
      return;
    case json_kind::object:
      append_members(out, value, enough);
      return;
  }
}

bool document::parse(std::string_view raw, failure& why, std::span<const binary> attachments) {
  const auto text = trimmed(raw);
  if (text.empty()) return why.malformed("there is no value", 0);
  switch (text.front()) {
    case '[':
    case '{':
      if (!attachments.empty())
        attachments_ =
            std::make_shared<const std::vector<binary>>(attachments.begin(), attachments.end());
      return parse_tree(raw, why);
    case '"':
      return parse_string(text, why);
    default:
      return parse_scalar(text, why);
  }
}

bool document::parse_scalar(std::string_view raw, failure& why) {
  static_assert(sizeof(value) <= sizeof scalar_ && alignof(value) <= 8);
  if (raw == "null") {
    new (scalar_) value();
  } else if (raw == "true" || raw == "false") {
    new (scalar_) value(raw == "true");
  } else if (const auto n = parse_number(raw)) {
    if (is_infinite(*n)) return why.malformed(too_large_number, 0);
    new (scalar_) value(from_number(*n));
  } else {
    return why.malformed("unknown value", 0);
  }
  return true;
}

bool document::parse_string(std::string_view raw, failure& why) {
  const auto is_special = [](char c) {
    return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
  };
  const auto special = std::find_if(raw.begin() + 1, raw.end(), is_special);
  const bool plain = special != raw.end() && *special == '"' && special + 1 == raw.end();
  auto content = raw.substr(1, raw.size() - std::min<std::size_t>(raw.size(), 2));
  if (!plain) {
    if (!net::scan_json(raw, 1)) return why.malformed("bad string", 0);
    decoded_ = net::decode_json_string(raw);
    content = decoded_;
  }
  new (scalar_) value(rapidjson::StringRef(content.data(), content.size()));
  return true;
}

bool document::parse_tree(std::string_view raw, failure& why) {
  constexpr unsigned flags = rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
  const auto parsed = std::make_shared<tree>(chunk_for(raw.size()));
  tree_builder builder{parsed->dom};
  rapidjson::MemoryStream stream(raw.data(), raw.size());
  rapidjson::Reader reader;
  auto generate = [&](rapidjson::Document&) {
    return !reader.Parse<flags>(stream, builder).IsError();
  };
  parsed->dom.Populate(generate);
  if (builder.too_deep) return why.too_deep(max_depth);
  if (reader.HasParseError()) {
    const auto what = builder.too_large ? too_large_number : explain(reader.GetParseErrorCode());
    return why.malformed(what, reader.GetErrorOffset());
  }
  // RapidJSON takes a NUL byte for the end of the text.
  if (stream.Tell() != raw.size()) return why.malformed("a NUL byte", stream.Tell());
  tree_ = {parsed, static_cast<const value*>(&parsed->dom)};
  return true;
}

node document::root() const noexcept {
  return {tree_ ? tree_.get() : static_cast<const void*>(scalar_), tree_, attachments_};
}

}  // namespace json_detail
}  // namespace pushmesh
