#pragma once

// Compares scan_json with RapidJSON; shared by the unit test and the fuzz target.

// RapidJSON's empty stack adds to a null pointer, which UBSan of clang reports.
#ifdef __clang__
#pragma clang attribute push(__attribute__((no_sanitize("pointer-overflow"))), apply_to = function)
#endif
#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>
#ifdef __clang__
#pragma clang attribute pop
#endif

#include <cctype>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/protocol/json_scanner.hpp"
#include "net/protocol/utf8.hpp"

namespace pushmesh::net::test {

/// What RapidJSON says about a text.
struct reference_verdict : rapidjson::BaseReaderHandler<rapidjson::UTF8<>, reference_verdict> {
  rapidjson::ParseErrorCode error = rapidjson::kParseErrorNone;
  bool has_placeholder = false;
  std::size_t depth = 0;
  std::size_t elements = 0;           // values at depth 1
  std::optional<std::string> string;  // the top-level value, when it is a string

  bool Default() {
    if (depth == 1) ++elements;
    return true;
  }
  bool String(const char* s, rapidjson::SizeType n, bool) {
    if (depth == 0) string.emplace(s, n);
    return Default();
  }
  bool Key(const char* s, rapidjson::SizeType n, bool) {
    if (std::string_view(s, n) == "_placeholder") has_placeholder = true;
    return true;
  }
  bool open() {
    Default();
    ++depth;
    return true;
  }
  bool close() {
    --depth;
    return true;
  }
  bool StartObject() { return open(); }
  bool EndObject(rapidjson::SizeType) { return close(); }
  bool StartArray() { return open(); }
  bool EndArray(rapidjson::SizeType) { return close(); }
};

inline reference_verdict ask_reference(const std::string& text) {
  reference_verdict verdict;
  rapidjson::Reader reader;
  rapidjson::StringStream stream(text.c_str());
  constexpr unsigned flags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;
  verdict.error = reader.Parse<flags>(stream, verdict).Code();
  return verdict;
}

/// Turns the escapes of surrogates into escapes of other characters. That keeps valid texts valid
/// and invalid ones invalid, but takes away the one thing RapidJSON refuses on purpose.
inline std::string without_surrogates(std::string text) {
  for (std::size_t i = 0; i + 3 < text.size(); ++i) {
    if (text[i] != '\\' || text[i + 1] != 'u') continue;
    const char second = text[i + 3];
    const bool surrogate = (text[i + 2] | 0x20) == 'd' &&
                           std::isxdigit(static_cast<unsigned char>(second)) && second != '0' &&
                           (second < '1' || second > '7');
    if (surrogate) text[i + 2] = '1';
  }
  return text;
}

/// Empty when scan_json and RapidJSON agree about `text`, else what they differ in. Numbers too
/// large for a double are legal here and refused there. Texts that are not UTF-8 are not compared.
inline std::string disagreement(std::string_view given) {
  std::vector<std::string_view> elements;
  const auto scan = scan_json(given, SIZE_MAX, &elements);
  // RapidJSON takes a zero byte for the end of the text.
  if (given.find('\0') != std::string_view::npos) return scan ? "zero byte accepted" : "";
  if (!is_valid_utf8(given)) return {};

  const std::string text = without_surrogates(std::string(given));
  const auto reference = ask_reference(text);
  if (reference.error == rapidjson::kParseErrorNumberTooBig) return {};
  if (scan.has_value() != (reference.error == rapidjson::kParseErrorNone))
    return scan ? std::string("accepted, but RapidJSON says: ") +
                      rapidjson::GetParseError_En(reference.error)
                : "refused, but RapidJSON accepts";
  if (!scan) return {};
  // On the same text, because a changed surrogate may have been half of an escaped key.
  const auto again = scan_json(text, SIZE_MAX);
  if (!again || again->has_placeholder != reference.has_placeholder) return "placeholder differs";
  if (scan->kind == json_kind::array && elements.size() != reference.elements)
    return "number of elements differs";
  for (auto element : elements) {
    const auto inner = scan_json(element, SIZE_MAX);
    if (!inner || inner->kind != kind_of(element)) return "an element is no value";
    if (element.front() == ' ' || element.back() == ' ') return "an element has space around it";
  }
  if (reference.string) {
    const auto first = text.find('"');
    const auto raw = std::string_view(text).substr(first, text.rfind('"') - first + 1);
    if (decode_json_string(raw) != *reference.string) return "decoded string differs";
  }
  return {};
}

}  // namespace pushmesh::net::test
