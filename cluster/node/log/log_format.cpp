#include "cluster/node/log/log_format.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "actors/api/json_writer.hpp"
#include "net/protocol/utf8.hpp"

namespace pushmesh::log {
namespace {

// Bytes of the character `text` begins with; 0 when it begins with none.
std::size_t character_length(std::string_view text) {
  for (std::size_t n = 1; n <= std::min<std::size_t>(4, text.size()); ++n)
    if (net::is_valid_utf8(text.substr(0, n))) return n;
  return 0;
}

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : as_utf8(text)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      out += c;
      continue;
    }
    char escape[8];
    std::snprintf(escape, sizeof escape, "\\x%02x", byte);
    out += escape;
  }
  return out;
}

// RFC 3339, UTC, milliseconds.
std::string timestamp(std::chrono::system_clock::time_point time) {
  const auto since = std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch());
  const auto seconds = static_cast<std::time_t>(since.count() / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char date[32], text[48];
  std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text, sizeof text, "%s.%03dZ", date, static_cast<int>(since.count() % 1000));
  return text;
}

}  // namespace

std::string as_utf8(std::string_view text) {
  if (net::is_valid_utf8(text)) return std::string(text);
  std::string out;
  while (!text.empty()) {
    const auto n = character_length(text);
    out += n == 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(0, n);
    text.remove_prefix(std::max<std::size_t>(n, 1));
  }
  return out;
}

std::string text_line(const entry& e) {
  std::string line = timestamp(e.time) + " " + std::string(e.level);
  line.append(e.level.size() < 5 ? 6 - e.level.size() : 1, ' ');
  return line + printable(e.text) + "\n";
}

std::string json_line(const entry& e) {
  std::string line = "{\"time\":";
  append_json(line, timestamp(e.time));
  line += ",\"level\":";
  append_json(line, e.level);
  line += ",\"message\":";
  append_json(line, as_utf8(e.text));
  return line + "}\n";
}

}  // namespace pushmesh::log
