#include "net/protocol/bridge/json_reader.hpp"

#include <cstddef>

#include "net/protocol/json_scanner.hpp"
#include "net/protocol/json_string.hpp"

namespace pushmesh::net {
namespace {

/// Walks over text that scan_json accepted: where one value or sign ends is all that is left to
/// find out.
class json_walk {
 public:
  json_walk(std::string_view text, document_builder& to) : left_(text), to_(to) {}

  void run() {
    while (!left_.empty() && step()) {
    }
  }

 private:
  bool step() {
    switch (left_.front()) {
      case ' ':
      case '\t':
      case '\r':
      case '\n':
      case ',':
      case ':':
        left_.remove_prefix(1);
        return true;
      case '{':
        return take(1), to_.begin_map();
      case '[':
        return take(1), to_.begin_array();
      case '}':
      case ']':
        return take(1), to_.end();
      case '"':
        return to_.text(decode_json_string(take(string_size())));
      case 'n':
        return take(4), to_.null();
      case 't':
        return take(4), to_.boolean(true);
      case 'f':
        return take(5), to_.boolean(false);
      default:
        return to_.number(take(left_.find_first_not_of("+-.0123456789eE")));
    }
  }

  std::string_view take(std::size_t size) {
    const auto taken = left_.substr(0, size);
    left_.remove_prefix(taken.size());
    return taken;
  }

  /// With both quotes.
  std::size_t string_size() const {
    const auto* const end = left_.data() + left_.size();
    const auto* p = left_.data() + 1;
    while ((p = find_special_byte(p, end)) != end && *p == '\\') p += 2;
    return static_cast<std::size_t>(p - left_.data()) + 1;
  }

  std::string_view left_;
  document_builder& to_;
};

}  // namespace

void read_json(std::string_view text, std::size_t max_depth, document_builder& to) {
  if (const auto scan = scan_json(text, max_depth); !scan) {
    to.fail(scan.error() == errc::json_too_deep ? bridge_errc::too_deep : bridge_errc::malformed);
    return;
  }
  json_walk(text, to).run();
}

}  // namespace pushmesh::net
