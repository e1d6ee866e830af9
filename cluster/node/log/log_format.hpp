#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace pushmesh::log {

/// One line of the log, before it has a form.
struct entry {
  std::chrono::system_clock::time_point time;
  std::string_view level;  ///< "info"
  std::string_view text;   ///< any bytes: clients can influence it
};

/// `text` with every byte that is not part of a UTF-8 character replaced by U+FFFD.
std::string as_utf8(std::string_view text);

/// Time, level and text, with the line end. Control characters, which could forge lines or steer a
/// terminal, are shown as `\x1b`; bytes that are not UTF-8 as U+FFFD.
std::string text_line(const entry& e);

/// `{"time":..,"level":..,"message":..}`, with the line end. Bytes that are not UTF-8 are U+FFFD.
std::string json_line(const entry& e);

}  // namespace pushmesh::log
