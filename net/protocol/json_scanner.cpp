#include "net/protocol/json_scanner.hpp"

#include <cstdint>
#include <cstring>

#include "net/protocol/json_string.hpp"

namespace pushmesh::net {
namespace {

constexpr std::string_view placeholder_key = "_placeholder";

bool is_space(char c) noexcept {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}
bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

bool is_hex(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// Which of the open brackets are braces: one bit each, the innermost lowest. 64 levels need no
// allocation.
class nesting {
 public:
  void push(bool object) {
    if (depth_ != 0 && depth_ % 64 == 0) {
      outer_.push_back(bits_);
      bits_ = 0;
    }
    bits_ = bits_ << 1 | (object ? 1u : 0u);
    ++depth_;
  }

  void pop() noexcept {
    --depth_;
    bits_ >>= 1;
    if (depth_ != 0 && depth_ % 64 == 0) {
      bits_ = outer_.back();
      outer_.pop_back();
    }
  }

  std::size_t depth() const noexcept { return depth_; }
  bool in_object() const noexcept { return bits_ & 1; }

 private:
  std::uint64_t bits_ = 0;
  std::size_t depth_ = 0;
  std::vector<std::uint64_t> outer_;
};

class scanner {
 public:
  // What to note of the top-level array or object: the first `most` of its parts.
  struct notes {
    std::vector<std::string_view>* elements = nullptr;
    std::vector<json_member_text>* members = nullptr;
    std::size_t most = std::string_view::npos;
  };

  scanner(std::string_view text, std::size_t max_depth, notes n)
      : p_(text.data()), end_(p_ + text.size()), max_depth_(max_depth), notes_(n) {}

  tl::expected<json_scan, errc> run() {
    skip_space();
    if (p_ == end_) return tl::make_unexpected(errc::bad_json);
    const json_kind kind = kind_of({p_, 1});
    if (kind != json_kind::array) notes_.elements = nullptr;
    if (kind != json_kind::object) notes_.members = nullptr;
    if (!value()) return tl::make_unexpected(error_);
    return json_scan{kind, has_placeholder_};
  }

 private:
  // What a step left to be done.
  enum class step { need_value, have_value, failed };

  // The top-level value and the space behind it.
  bool value() {
    for (;;) {
      if (levels_.depth() == 1) element_ = p_;
      step s = begin_value();
      if (s == step::have_value) s = end_value();
      if (s == step::failed) return false;
      if (s == step::have_value) return p_ == end_;
    }
  }

  // p_ is at the first byte of a value. Opens a bracket or passes a scalar.
  step begin_value() {
    if (p_ == end_) return step::failed;
    switch (*p_) {
      case '{':
        return open('}');
      case '[':
        return open(']');
      case '"':
        return passed(string());
      case 't':
        return passed(word("true"));
      case 'f':
        return passed(word("false"));
      case 'n':
        return passed(word("null"));
      default:
        return passed(number());
    }
  }

  static step passed(bool ok) noexcept { return ok ? step::have_value : step::failed; }

  step open(char closing) {
    if (levels_.depth() >= max_depth_) {
      error_ = errc::json_too_deep;
      return step::failed;
    }
    levels_.push(closing == '}');
    ++p_;
    skip_space();
    if (p_ != end_ && *p_ == closing) {
      close();
      return step::have_value;
    }
    if (closing == '}' && !key()) return step::failed;
    return step::need_value;
  }

  void close() noexcept {
    ++p_;
    levels_.pop();
  }

  // p_ is behind a value: closes what ends here. have_value: that was the end of the text.
  step end_value() {
    for (;;) {
      if (levels_.depth() == 1) note_part({element_, static_cast<std::size_t>(p_ - element_)});
      skip_space();
      if (levels_.depth() == 0) return step::have_value;
      if (p_ == end_) return step::failed;
      if (*p_ == ',') {
        ++p_;
        skip_space();
        if (levels_.in_object() && !key()) return step::failed;
        return step::need_value;
      }
      if (*p_ != (levels_.in_object() ? '}' : ']')) return step::failed;
      close();
    }
  }

  // A member name and its colon.
  bool key() {
    if (p_ == end_ || *p_ != '"') return false;
    const char* const start = p_;
    if (!string()) return false;
    note_key({start, static_cast<std::size_t>(p_ - start)});
    skip_space();
    if (p_ == end_ || *p_ != ':') return false;
    ++p_;
    skip_space();
    return true;
  }

  void note_part(std::string_view raw) {
    if (notes_.elements && notes_.elements->size() < notes_.most) notes_.elements->push_back(raw);
    if (notes_.members && notes_.members->size() < notes_.most)
      notes_.members->push_back({name_, raw});
  }

  void note_key(std::string_view raw) {
    if (levels_.depth() == 1) name_ = raw;
    const std::string_view text = raw.substr(1, raw.size() - 2);
    if (text == placeholder_key) {
      has_placeholder_ = true;
      return;
    }
    // Written with escapes it has at most six bytes for each of its characters.
    if (text.size() <= placeholder_key.size() || text.size() > 6 * placeholder_key.size()) return;
    if (text.find('\\') == std::string_view::npos) return;
    if (decode_json_string(raw) == placeholder_key) has_placeholder_ = true;
  }

  bool string() noexcept {
    for (++p_;;) {
      p_ = find_special_byte(p_, end_);
      if (p_ == end_) return false;
      if (*p_ == '"') break;
      if (*p_ != '\\' || !escape()) return false;
    }
    ++p_;
    return true;
  }

  bool escape() noexcept {
    if (end_ - p_ < 2) return false;
    switch (p_[1]) {
      case '"':
      case '\\':
      case '/':
      case 'b':
      case 'f':
      case 'n':
      case 'r':
      case 't':
        p_ += 2;
        return true;
      case 'u':
        if (end_ - p_ < 6) return false;
        if (!is_hex(p_[2]) || !is_hex(p_[3]) || !is_hex(p_[4]) || !is_hex(p_[5])) return false;
        p_ += 6;
        return true;
      default:
        return false;
    }
  }

  bool word(std::string_view expected) noexcept {
    if (static_cast<std::size_t>(end_ - p_) < expected.size()) return false;
    if (std::memcmp(p_, expected.data(), expected.size()) != 0) return false;
    p_ += expected.size();
    return true;
  }

  // RFC 8259 section 6.
  bool number() noexcept {
    if (*p_ == '-') ++p_;
    if (p_ != end_ && *p_ == '0')
      ++p_;
    else if (!digits())
      return false;
    if (p_ != end_ && *p_ == '.') {
      ++p_;
      if (!digits()) return false;
    }
    if (p_ == end_ || (*p_ | 0x20) != 'e') return true;
    ++p_;
    if (p_ != end_ && (*p_ == '+' || *p_ == '-')) ++p_;
    return digits();
  }

  bool digits() noexcept {
    const char* const start = p_;
    while (p_ != end_ && is_digit(*p_)) ++p_;
    return p_ != start;
  }

  void skip_space() noexcept {
    while (p_ != end_ && is_space(*p_)) ++p_;
  }

  const char* p_;
  const char* const end_;
  const std::size_t max_depth_;
  notes notes_;
  const char* element_ = nullptr;  // start of the part of the top-level value p_ is in
  std::string_view name_;          // of that member, where that value is an object
  nesting levels_;
  bool has_placeholder_ = false;
  errc error_ = errc::bad_json;
};

}  // namespace

tl::expected<json_scan, errc> scan_json(std::string_view text, std::size_t max_depth,
                                        std::vector<std::string_view>* elements) {
  return scanner(text, max_depth, {elements}).run();
}

tl::expected<std::vector<std::string_view>, errc> scan_json_array(std::string_view text,
                                                                  std::size_t max_depth,
                                                                  std::size_t most) {
  std::vector<std::string_view> elements;
  const auto scan = scanner(text, max_depth, {&elements, nullptr, most}).run();
  if (!scan) return tl::make_unexpected(scan.error());
  if (scan->kind != json_kind::array) return tl::make_unexpected(errc::bad_json);
  return elements;
}

tl::expected<std::vector<json_member_text>, errc> scan_json_object(std::string_view text,
                                                                   std::size_t max_depth,
                                                                   std::size_t most) {
  std::vector<json_member_text> members;
  const auto scan = scanner(text, max_depth, {nullptr, &members, most}).run();
  if (!scan) return tl::make_unexpected(scan.error());
  if (scan->kind != json_kind::object) return tl::make_unexpected(errc::bad_json);
  return members;
}

json_kind kind_of(std::string_view raw) noexcept {
  std::size_t i = 0;
  while (i < raw.size() && is_space(raw[i])) ++i;
  switch (i < raw.size() ? raw[i] : 'n') {
    case 'n':
      return json_kind::null;
    case 't':
    case 'f':
      return json_kind::boolean;
    case '"':
      return json_kind::string;
    case '[':
      return json_kind::array;
    case '{':
      return json_kind::object;
    default:
      return json_kind::number;
  }
}

}  // namespace pushmesh::net
