#include "net/protocol/msgpack_reader.hpp"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>

#include "net/protocol/iso_time.hpp"
#include "net/protocol/json_scanner.hpp"
#include "net/protocol/msgpack_timestamp.hpp"
#include "net/protocol/placeholders.hpp"

namespace pushmesh::net {
namespace {

/// A number of 1, 2, 4 or 8 bytes.
std::uint64_t number_in(std::string_view bytes) noexcept {
  std::uint64_t n = 0;
  for (const char c : bytes) n = n << 8 | static_cast<unsigned char>(c);
  return n;
}

class reader {
 public:
  reader(std::string_view bytes, const std::array<std::string_view, 4>& keys, msgpack_bounds bounds)
      : rest_(bytes), keys_(keys), bounds_(bounds) {}

  tl::expected<msgpack_document, errc> run() && {
    do {
      before_value();
      if (!value()) return tl::make_unexpected(error_);
      close_levels();
    } while (!levels_.empty());
    if (!rest_.empty()) return tl::make_unexpected(errc::bad_msgpack);
    return std::move(out_);
  }

 private:
  struct level {
    bool map;
    bool key;  // the next item of a map is one
    bool first;
    std::uint64_t left;  // items
  };

  bool at_key() const noexcept { return !levels_.empty() && levels_.back().key; }

  // Separators in front of an item, and where it begins if it is a wanted value.
  void before_value() {
    if (levels_.empty()) return;
    auto& around = levels_.back();
    if (around.map && !around.key)
      out_.json += ':';
    else if (!std::exchange(around.first, false))
      out_.json += ',';
    if (levels_.size() == 1) begun_ = out_.json.size();
  }

  // An item is complete, and with it all that it was the last item of.
  void close_levels() {
    if (opened_) {
      opened_ = false;
      if (levels_.back().left > 0) return;
    } else {
      item_done();
    }
    while (!levels_.empty() && levels_.back().left == 0) {
      out_.json += levels_.back().map ? '}' : ']';
      levels_.pop_back();
      item_done();
    }
  }

  void item_done() {
    if (levels_.empty()) return;
    auto& around = levels_.back();
    --around.left;
    if (levels_.size() == 1 && around.map) note_field(around.key);
    if (around.map) around.key = !around.key;
  }

  void note_field(bool key) {
    const auto size = out_.json.size() - begun_;
    if (key) {
      wanted_ = nullptr;
      const auto raw = std::string_view(out_.json).substr(begun_, size);
      for (std::size_t i = 0; i < keys_.size(); ++i)
        if (raw.size() == keys_[i].size() + 2 && raw.substr(1, raw.size() - 2) == keys_[i])
          wanted_ = &out_.fields[i];
    } else if (wanted_) {
      *wanted_ = {begun_, size};
    }
  }

  bool fail(errc e) noexcept {
    error_ = e;
    return false;
  }

  std::optional<std::string_view> take(std::uint64_t size) noexcept {
    if (size > rest_.size()) return std::nullopt;
    const auto bytes = rest_.substr(0, static_cast<std::size_t>(size));
    rest_.remove_prefix(bytes.size());
    return bytes;
  }

  // A big-endian number of 1, 2, 4 or 8 bytes, given to `use`.
  template <class F>
  bool number(std::size_t size, F use) {
    const auto bytes = take(size);
    return bytes ? use(number_in(*bytes)) : fail(errc::bad_msgpack);
  }

  bool value() {
    const auto first = take(1);
    if (!first) return fail(errc::bad_msgpack);
    const auto head = static_cast<unsigned char>(first->front());
    if (head < 0x80) return whole(std::uint64_t{head});
    if (head < 0x90) return open(true, head & 0x0f);
    if (head < 0xa0) return open(false, head & 0x0f);
    if (head < 0xc0) return text(head & 0x1f);
    if (head >= 0xe0) return whole(std::int64_t{static_cast<std::int8_t>(head)});
    return long_value(head);
  }

  bool long_value(unsigned head) {
    const auto size_of = [head](unsigned kind) { return std::size_t{1} << (head - kind); };
    switch (head) {
      case 0xc0:
        return word("null");
      case 0xc2:
        return word("false");
      case 0xc3:
        return word("true");
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return number(size_of(0xc4), [this](auto n) { return bytes(take(n)); });
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return number(size_of(0xc7), [this](auto n) { return extension(n, false); });
      case 0xca:
        return number(4, [this](auto n) {
          return real(static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(n))));
        });
      case 0xcb:
        return number(8, [this](auto n) { return real(std::bit_cast<double>(n)); });
      case 0xcc:
      case 0xcd:
      case 0xce:
      case 0xcf:
        return number(size_of(0xcc), [this](auto n) { return whole(n); });
      case 0xd0:
      case 0xd1:
      case 0xd2:
      case 0xd3: {
        const auto unused = 64 - 8 * size_of(0xd0);
        return number(size_of(0xd0), [this, unused](auto n) {
          return whole(static_cast<std::int64_t>(n << unused) >> unused);
        });
      }
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return extension(size_of(0xd4), true);
      case 0xd9:
      case 0xda:
      case 0xdb:
        return number(size_of(0xd9), [this](auto n) { return text(n); });
      case 0xdc:
      case 0xdd:
        return number(2 * size_of(0xdc), [this](auto n) { return open(false, n); });
      case 0xde:
      case 0xdf:
        return number(2 * size_of(0xde), [this](auto n) { return open(true, n); });
      default:
        return fail(errc::bad_msgpack);
    }
  }

  bool open(bool map, std::uint64_t count) {
    if (at_key()) return fail(errc::bad_msgpack);
    if (levels_.size() >= bounds_.max_depth) return fail(errc::json_too_deep);
    out_.json += map ? '{' : '[';
    levels_.push_back({map, map, true, map ? 2 * count : count});
    opened_ = true;
    return true;
  }

  // What is no string is quoted where it is a key.
  bool word(std::string_view json) {
    const std::string_view quote(at_key() ? "\"" : "");
    out_.json.append(quote).append(json).append(quote);
    return true;
  }

  template <class Number>
  bool written(Number n) {
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, n).ptr;
    return word({digits, static_cast<std::size_t>(end - digits)});
  }
  bool whole(std::uint64_t n) { return written(n); }
  bool whole(std::int64_t n) { return written(n); }
  bool real(double n) { return std::isfinite(n) ? written(n) : word("null"); }

  bool text(std::uint64_t size) {
    const auto bytes = take(size);
    if (!bytes) return fail(errc::bad_msgpack);
    append_json_string(out_.json, *bytes);
    return true;
  }

  bool bytes(std::optional<std::string_view> data) {
    if (!data || at_key()) return fail(errc::bad_msgpack);
    if (out_.attachments.size() >= bounds_.max_attachments) return fail(errc::too_many_attachments);
    out_.places.push_back(out_.json.size());
    append_placeholder(out_.json, out_.attachments.size());
    out_.attachments.emplace_back(std::string(*data));
    return true;
  }

  bool extension(std::uint64_t size, bool fixed) {
    const auto type = take(1);
    const auto data = take(size);
    if (!type || !data) return fail(errc::bad_msgpack);
    const auto kind = static_cast<std::int8_t>(type->front());
    // notepack.io 2: undefined and dates have fixed sizes, ArrayBuffers never.
    if (kind == 0 && !fixed) return bytes(data);
    if (kind == 0 && size == 8)
      return date(static_cast<double>(static_cast<std::int64_t>(number_in(*data))));
    return kind == -1 ? date(msgpack_timestamp(*data)) : word("null");
  }

  bool date(double ms) {
    const auto iso = iso_time(ms);
    if (iso.empty()) return word("null");
    append_json_string(out_.json, iso);
    return true;
  }

  std::string_view rest_;
  const std::array<std::string_view, 4>& keys_;
  const msgpack_bounds bounds_;
  msgpack_document out_;
  std::vector<level> levels_;
  bool opened_ = false;    // the value just read was an array or a map
  std::size_t begun_ = 0;  // where the current item of the outermost level begins
  msgpack_document::field* wanted_ = nullptr;  // whose key was read
  errc error_ = errc::bad_msgpack;
};

}  // namespace

tl::expected<msgpack_document, errc> read_msgpack_document(
    std::string_view bytes, const std::array<std::string_view, 4>& keys, msgpack_bounds bounds) {
  return reader(bytes, keys, bounds).run();
}

}  // namespace pushmesh::net
