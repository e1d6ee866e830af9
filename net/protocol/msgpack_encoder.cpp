#include "net/protocol/msgpack_encoder.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <vector>

#include "net/protocol/json_scanner.hpp"
#include "net/protocol/json_string.hpp"
#include "net/protocol/msgpack_writer.hpp"
#include "net/protocol/placeholders.hpp"
#include "net/protocol/socketio_codec.hpp"

namespace pushmesh::net {
namespace {

/// JSON values joined by commas, with their attachments.
class source {
 public:
  source(std::string_view json, std::span<const binary> attachments)
      : json_(json), attachments_(attachments) {
    if (attachments.empty()) return;
    for (const auto& p : find_placeholders(json))
      if (p.index && *p.index < attachments.size()) places_.push_back(p);
  }

  const binary& attachment(const placeholder& p) const { return attachments_[*p.index]; }

  /// Calls `to` for each token. The text is valid JSON; of other text some tokens are made.
  template <class Visitor>
  void walk(Visitor& to) const {
    auto place = places_.begin();
    for (std::size_t i = 0; i < json_.size();) {
      if (place != places_.end() && place->offset == i) {
        to.bytes(*place);
        i += place++->size;
        continue;
      }
      const char c = json_[i];
      const auto size = token_size(i);
      if (c == '{' || c == '[')
        to.begin(c == '{');
      else if (c == '}' || c == ']')
        to.end();
      else if (c == '"')
        to.text(json_.substr(i, size));
      else if (c == 't' || c == 'f' || c == 'n')
        to.word(c);
      else if (is_number(c))
        to.number(json_.substr(i, size));
      i += size;
    }
  }

 private:
  static bool is_number(char c) noexcept {
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
  }

  std::size_t token_size(std::size_t i) const noexcept {
    const auto* const begin = json_.data() + i;
    const auto* const end = json_.data() + json_.size();
    const auto* p = begin;
    if (*p == '"') {
      for (++p; (p = find_special_byte(p, end)) != end && *p != '"';)
        p += std::min<std::ptrdiff_t>(*p == '\\' ? 2 : 1, end - p);
      p += p != end;
    } else if (*p == 't' || *p == 'n' || *p == 'f') {
      p += std::min<std::ptrdiff_t>(*p == 'f' ? 5 : 4, end - p);
    } else {
      while (p != end && is_number(*p)) ++p;
    }
    return std::max<std::size_t>(static_cast<std::size_t>(p - begin), 1);
  }

  std::string_view json_;
  std::span<const binary> attachments_;
  std::vector<placeholder> places_;
};

/// How many tokens stand directly in each array and object, in the order in which they begin:
/// MessagePack says so in front. The first is the text itself.
struct counter {
  std::vector<std::uint32_t> counts{0};
  std::vector<std::size_t> open{0};
  void begin(bool) {
    ++counts[open.back()];
    open.push_back(counts.size());
    counts.push_back(0);
  }
  void end() {
    if (open.size() > 1) open.pop_back();
  }
  void text(std::string_view) { ++counts[open.back()]; }
  void number(std::string_view) { ++counts[open.back()]; }
  void word(char) { ++counts[open.back()]; }
  void bytes(const placeholder&) { ++counts[open.back()]; }
};

struct value_packer {
  msgpack_writer& to;
  const source& from;
  const std::vector<std::uint32_t>& counts;
  std::size_t next = 1;

  void begin(bool object) {
    const auto n = counts[next++];
    object ? to.map(n / 2) : to.array(n);
  }
  void end() {}
  void text(std::string_view raw) {
    const auto plain = raw.size() >= 2 && raw.find('\\') == raw.npos;
    plain ? to.text(raw.substr(1, raw.size() - 2))
          : to.text(scan_json(raw, 1) ? decode_json_string(raw) : std::string());
  }
  void number(std::string_view raw) {
    const auto *const begin = raw.data(), *const end = raw.data() + raw.size();
    const auto whole = [&](auto n) {
      const auto read = std::from_chars(begin, end, n);
      if (read.ec != std::errc{} || read.ptr != end) return false;
      to.whole(n);
      return true;
    };
    if (whole(std::int64_t{}) || whole(std::uint64_t{})) return;
    double real = 0;
    std::from_chars(begin, end, real);
    to.real(real);
  }
  void word(char first) { first == 'n' ? to.nil() : to.boolean(first == 't'); }
  void bytes(const placeholder& p) { to.bytes(from.attachment(p).view()); }
};

/// A packet from its type up to where the data begins.
void begin_packet(msgpack_writer& to, socketio_type type, std::string_view nsp, std::size_t more) {
  to.map(2 + more);
  to.text("type");
  to.whole(static_cast<std::uint64_t>(type));
  to.text("nsp");
  to.text(nsp);
}

/// The array of an event or an ack: `event` if there is one, then the arguments.
void pack_data(msgpack_writer& to, std::optional<std::string_view> event, std::string_view args,
               std::span<const binary> attachments) {
  const source from(args, attachments);
  counter count;
  from.walk(count);
  to.text("data");
  to.array(count.counts.front() + (event ? 1 : 0));
  if (event) to.text(*event);
  value_packer values{to, from, count.counts};
  from.walk(values);
}

}  // namespace

std::string encode_msgpack_event(std::string_view nsp, std::string_view event,
                                 std::string_view args, std::span<const binary> attachments,
                                 std::optional<std::uint64_t> ack_id) {
  msgpack_writer to;
  begin_packet(to, socketio_type::event, nsp, ack_id ? 2 : 1);
  pack_data(to, event, args, attachments);
  if (ack_id) {
    to.text("id");
    to.whole(*ack_id);
  }
  return std::move(to).take();
}

std::string encode_msgpack_ack(std::string_view nsp, std::string_view ack_id, std::string_view args,
                               std::span<const binary> attachments) {
  msgpack_writer to;
  begin_packet(to, socketio_type::ack, nsp, 2);
  pack_data(to, std::nullopt, args, attachments);
  to.text("id");
  const source id(ack_id, {});
  value_packer{to, id, {}}.number(ack_id);
  return std::move(to).take();
}

std::string encode_msgpack_connect(std::string_view nsp, std::string_view sid,
                                   std::string_view pid) {
  msgpack_writer to;
  begin_packet(to, socketio_type::connect, nsp, 1);
  to.text("data");
  to.map(pid.empty() ? 1 : 2);
  to.text("sid");
  to.text(sid);
  if (!pid.empty()) {
    to.text("pid");
    to.text(pid);
  }
  return std::move(to).take();
}

std::string encode_msgpack_disconnect(std::string_view nsp) {
  msgpack_writer to;
  begin_packet(to, socketio_type::disconnect, nsp, 0);
  return std::move(to).take();
}

std::string encode_msgpack_connect_error(std::string_view nsp, std::string_view message,
                                         std::string_view data_json) {
  msgpack_writer to;
  begin_packet(to, socketio_type::connect_error, nsp, 1);
  to.text("data");
  to.map(data_json.empty() ? 1 : 2);
  to.text("message");
  to.text(message);
  if (data_json.empty()) return std::move(to).take();
  const source from(data_json, {});
  counter count;
  from.walk(count);
  to.text("data");
  value_packer values{to, from, count.counts};
  from.walk(values);
  return std::move(to).take();
}

}  // namespace pushmesh::net
