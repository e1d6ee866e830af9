#include "net/protocol/json_string.hpp"

#include <string>
#include <string_view>

#include "net/protocol/json_scanner.hpp"
#include "net/protocol/utf8.hpp"

namespace pushmesh::net {
namespace {

constexpr std::uint32_t replacement = 0xFFFD;

bool is_high_surrogate(std::uint32_t c) noexcept {
  return c >= 0xD800 && c <= 0xDBFF;
}
bool is_low_surrogate(std::uint32_t c) noexcept {
  return c >= 0xDC00 && c <= 0xDFFF;
}

void append_utf8(std::string& out, std::uint32_t c) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | c >> 6);
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3F));
    put(0x80 | (c >> 6 & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

// The four hex digits at `p`, which scan_json has seen.
std::uint32_t code_unit(const char* p) noexcept {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    const auto c = static_cast<unsigned char>(p[i]);
    value = value << 4 | (c <= '9' ? c - '0' : (c | 0x20u) - 'a' + 10u);
  }
  return value;
}

// Decodes `\uXXXX` or a surrogate pair of them, `p` behind the first `u`. Returns what follows.
const char* append_unicode(std::string& out, const char* p, const char* end) {
  const std::uint32_t first = code_unit(p);
  p += 4;
  if (is_high_surrogate(first) && end - p >= 6 && p[0] == '\\' && p[1] == 'u') {
    const std::uint32_t second = code_unit(p + 2);
    if (is_low_surrogate(second)) {
      append_utf8(out, 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00));
      return p + 6;
    }
  }
  const bool lone = is_high_surrogate(first) || is_low_surrogate(first);
  append_utf8(out, lone ? replacement : first);
  return p;
}

char unescaped(char c) noexcept {
  switch (c) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return c;
  }
}

void append_escaped(std::string& out, char c) {
  constexpr char digits[] = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  out += "\\u00";
  out += digits[static_cast<unsigned char>(c) >> 4];
  out += digits[static_cast<unsigned char>(c) & 0x0F];
}

}  // namespace

std::string decode_json_string(std::string_view raw) {
  if (raw.size() < 2) return {};
  const char* p = raw.data() + 1;
  const char* const end = raw.data() + raw.size() - 1;
  std::string out;
  out.reserve(raw.size() - 2);
  while (p != end) {
    const char* stop = find_special_byte(p, end);
    out.append(p, stop);
    p = stop;
    if (end - p < 2) break;
    p += 2;
    if (p[-1] == 'u' && end - p >= 4)
      p = append_unicode(out, p, end);
    else
      out += unescaped(p[-1]);
  }
  return out;
}

void append_json_string(std::string& out, std::string_view text) {
  if (!is_valid_utf8(text)) return append_json_string(out, replace_invalid_utf8(text));
  const char* p = text.data();
  const char* const end = p + text.size();
  out += '"';
  while (p != end) {
    const char* stop = find_special_byte(p, end);
    out.append(p, stop);
    p = stop;
    if (p != end) append_escaped(out, *p++);
  }
  out += '"';
}

}  // namespace pushmesh::net
