#include "net/protocol/placeholders.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "net/protocol/json_scanner.hpp"
#include "net/protocol/json_string.hpp"

namespace pushmesh::net {
namespace {

constexpr std::string_view mark = "_placeholder";

class finder {
 public:
  explicit finder(std::string_view json) : p_(json.data()), begin_(p_), end_(p_ + json.size()) {}

  std::vector<placeholder> run() {
    while (p_ != end_) {
      switch (*p_) {
        case '{':
        case '[':
          open();
          break;
        case '}':
        case ']':
          close();
          break;
        case ',':
          at_key_ = !levels_.empty() && levels_.back().object;
          ++p_;
          break;
        case '"':
          string();
          break;
        default:
          ++p_;
      }
    }
    return std::move(found_);
  }

 private:
  struct level {
    std::size_t start;
    std::size_t found_before;
    bool object;
    bool marked = false;
    std::optional<std::uint32_t> index;
  };

  std::size_t offset() const noexcept { return static_cast<std::size_t>(p_ - begin_); }

  void open() {
    at_key_ = *p_ == '{';
    levels_.push_back({offset(), found_.size(), at_key_, false, {}});
    ++p_;
  }

  void close() {
    ++p_;
    at_key_ = false;
    if (levels_.empty()) return;
    const auto& l = levels_.back();
    if (l.marked) {
      found_.resize(l.found_before);
      found_.push_back({l.start, offset() - l.start, l.index});
    }
    levels_.pop_back();
  }

  void string() {
    const auto* const start = p_;
    skip_string();
    if (!at_key_) return;
    at_key_ = false;
    const std::string_view raw(start, static_cast<std::size_t>(p_ - start));
    if (is(raw, mark))
      levels_.back().marked = value().starts_with("true");
    else if (is(raw, "num"))
      levels_.back().index = whole_number(value());
  }

  void skip_string() noexcept {
    for (++p_; (p_ = find_special_byte(p_, end_)) != end_;) {
      const char c = *p_;
      p_ += std::min<std::ptrdiff_t>(c == '\\' ? 2 : 1, end_ - p_);
      if (c == '"') return;
    }
  }

  static bool is(std::string_view raw, std::string_view name) {
    if (raw.size() < name.size() + 2) return false;
    if (raw.find('\\') == raw.npos) return raw.substr(1, raw.size() - 2) == name;
    // Written with escapes a name has at most six bytes for each of its characters.
    return raw.size() <= 6 * name.size() + 2 && raw.ends_with('"') &&
           decode_json_string(raw) == name;
  }

  /// The text from the value of the member whose name was passed.
  std::string_view value() const noexcept {
    const std::string_view rest(p_, static_cast<std::size_t>(end_ - p_));
    return rest.substr(std::min(rest.find_first_not_of(" \t\r\n:"), rest.size()));
  }

  static std::optional<std::uint32_t> whole_number(std::string_view text) noexcept {
    if (text.empty() || (text.front() != '-' && (text.front() < '0' || text.front() > '9')))
      return {};
    double n = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), n);
    if (read.ec != std::errc{} || !(n >= 0 && n < UINT32_MAX) || std::trunc(n) != n) return {};
    return static_cast<std::uint32_t>(n);
  }

  const char* p_;
  const char* const begin_;
  const char* const end_;
  bool at_key_ = false;  // the next string names a member
  std::vector<level> levels_;
  std::vector<placeholder> found_;
};

}  // namespace

std::vector<placeholder> find_placeholders(std::string_view json) {
  if (json.find(mark) == json.npos && json.find('\\') == json.npos) return {};
  return finder(json).run();
}

std::string hide_false_placeholders(std::string json, std::span<const std::size_t> real) {
  const auto found = find_placeholders(json);
  const auto is_real = [real](const placeholder& p) {
    return std::binary_search(real.begin(), real.end(), p.offset);
  };
  if (std::all_of(found.begin(), found.end(), is_real)) return json;
  std::string out;
  std::size_t copied = 0;
  for (const auto& p : found) {
    if (is_real(p)) continue;
    out.append(json, copied, p.offset - copied).append("null");
    copied = p.offset + p.size;
  }
  return out.append(json, copied);
}

void append_placeholder(std::string& out, std::size_t index) {
  out += "{\"_placeholder\":true,\"num\":";
  out += std::to_string(index);
  out += '}';
}

}  // namespace pushmesh::net
