#include "net/protocol/websocket_parser.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

namespace pushmesh::net {
namespace {

constexpr std::size_t max_control_payload = 125;

struct frame_head {
  ws_opcode op = ws_opcode::continuation;
  bool fin = false;
  bool masked = false;
  std::uint32_t key = 0;
  std::uint64_t size = 0;
};

bool is_control(ws_opcode op) noexcept {
  return static_cast<unsigned>(op) >= 8;
}

tl::unexpected<ws_error> violation(std::string_view what) {
  return tl::make_unexpected(ws_error{1002, what});
}

tl::unexpected<ws_error> bad_text() {
  return tl::make_unexpected(ws_error{1007, "invalid UTF-8"});
}

unsigned byte_at(std::span<const char> bytes, std::size_t i) noexcept {
  return static_cast<unsigned char>(bytes[i]);
}

std::uint64_t big_endian(std::span<const char> bytes) noexcept {
  std::uint64_t value = 0;
  for (char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

// First byte: FIN, three reserved bits, opcode. Returns what is wrong with it, empty if nothing.
std::string_view read_first_byte(unsigned byte, frame_head& head) noexcept {
  if (byte & 0x70) return "reserved bits are set";
  const unsigned op = byte & 0x0F;
  if ((op > 2 && op < 8) || op > 10) return "reserved opcode";
  head.op = static_cast<ws_opcode>(op);
  head.fin = byte & 0x80;
  if (is_control(head.op) && !head.fin) return "fragmented control frame";
  return {};
}

// Second byte: MASK and the length or its form.
std::string_view read_second_byte(unsigned byte, ws_role role, frame_head& head) noexcept {
  head.masked = byte & 0x80;
  if (role == ws_role::server && !head.masked) return "frame is not masked";
  if (role == ws_role::client && head.masked) return "frame is masked";
  head.size = byte & 0x7F;
  if (is_control(head.op) && head.size > max_control_payload) return "control frame is too long";
  return {};
}

// Reads a frame header (RFC 6455 section 5.2) from the front of `bytes` and returns its length, or
// 0 when it is not complete yet. What is there is checked, also of an incomplete one.
tl::expected<std::size_t, ws_error> read_head(std::span<const char> bytes, ws_role role,
                                              frame_head& head) {
  if (bytes.empty()) return 0;
  if (auto wrong = read_first_byte(byte_at(bytes, 0), head); !wrong.empty())
    return violation(wrong);
  if (bytes.size() < 2) return 0;
  if (auto wrong = read_second_byte(byte_at(bytes, 1), role, head); !wrong.empty())
    return violation(wrong);

  std::size_t at = 2;
  if (head.size >= 126) {
    const bool wide = head.size == 127;
    const std::size_t extra = wide ? 8 : 2;
    if (bytes.size() < at + extra) return 0;
    head.size = big_endian(bytes.subspan(at, extra));
    if (head.size >> 63) return violation("length has its top bit set");
    if (head.size <= (wide ? 0xFFFFu : 125u))
      return violation("length is not in its shortest form");
    at += extra;
  }
  if (!head.masked) return at;
  if (bytes.size() < at + 4) return 0;
  std::memcpy(&head.key, bytes.data() + at, 4);
  return at + 4;
}

// RFC 6455 section 7.4, with 1012 to 1014 of the IANA registry.
bool may_be_sent(unsigned code) noexcept {
  if (code < 1000 || code >= 5000) return false;
  if (code >= 3000) return true;
  return code <= 1014 && !(code >= 1004 && code <= 1006);
}

// Whether a frame may follow what came before it (RFC 6455 section 5.4).
std::string_view out_of_place(const frame_head& head, bool in_message) noexcept {
  if (is_control(head.op)) return {};
  if (head.op == ws_opcode::continuation) return in_message ? "" : "continuation without a message";
  return in_message ? "new message inside a fragmented one" : "";
}

std::string_view view(std::span<const char> bytes) noexcept {
  return {bytes.data(), bytes.size()};
}

// Unmasks `n` bytes at the front of `input`, which are the bytes of a frame from `offset` on.
std::span<char> take_payload(std::span<char>& input, std::size_t n, const frame_head& head,
                             std::uint64_t offset) noexcept {
  auto chunk = input.first(n);
  input = input.subspan(n);
  if (head.masked) apply_mask(chunk, head.key, static_cast<std::size_t>(offset % 4));
  return chunk;
}

tl::expected<std::optional<ws_event>, ws_error> control_event(ws_opcode op,
                                                              std::span<const char> payload) {
  if (op != ws_opcode::close) return ws_event{op, view(payload), 0};
  if (payload.empty()) return ws_event{op, {}, 1005};
  if (payload.size() == 1) return violation("close frame with half a status code");
  const auto code = static_cast<std::uint16_t>(big_endian(payload.first(2)));
  if (!may_be_sent(code)) return violation("close code may not be sent");
  const auto reason = view(payload.subspan(2));
  if (!is_valid_utf8(reason)) return bad_text();
  return ws_event{op, reason, code};
}

}  // namespace

/// Exists from the first incomplete byte to the call of next() behind the event that completed it.
struct websocket_parser::partial {
  std::string message;                               // of the data message under way, unmasked
  ws_opcode message_kind = ws_opcode::continuation;  // continuation: no message is under way
  utf8_validator text;
  bool in_frame = false;  // `frame` is known and still lacks bytes
  frame_head frame;
  std::uint64_t received = 0;  // of the payload of `frame`
  std::uint8_t head_size = 0;
  std::array<char, max_ws_header> head;  // of a header that is not complete
  std::array<char, max_control_payload> control;

  bool idle() const noexcept {
    return !in_frame && head_size == 0 && message_kind == ws_opcode::continuation;
  }

  std::size_t buffered() const noexcept {
    std::size_t n = head_size;
    if (message_kind != ws_opcode::continuation) n += message.size();
    if (in_frame && is_control(frame.op)) n += static_cast<std::size_t>(received);
    return n;
  }

  void begin_head(std::span<char>& input) noexcept {
    std::copy(input.begin(), input.end(), head.begin());
    head_size = static_cast<std::uint8_t>(input.size());
    input = {};
  }

  void begin_frame(const frame_head& of) {
    if (!is_control(of.op) && of.op != ws_opcode::continuation) start_message(of.op);
    frame = of;
    received = 0;
    in_frame = true;
  }

  void start_message(ws_opcode kind) {
    message.clear();
    message_kind = kind;
  }

  // False: `bytes` break the UTF-8 of a text message.
  bool append(std::span<const char> bytes) {
    if (message_kind == ws_opcode::text && !text.feed(view(bytes))) return false;
    message.append(bytes.data(), bytes.size());
    return true;
  }

  // Leaves `message` as it is, because the event points into it.
  tl::expected<std::optional<ws_event>, ws_error> finish_message() {
    if (message_kind == ws_opcode::text && !text.complete()) return bad_text();
    return ws_event{std::exchange(message_kind, ws_opcode::continuation), message, 0};
  }

  // Adds data of `frame`; the event is there when it was the last of its message.
  tl::expected<std::optional<ws_event>, ws_error> add_data(const frame_head& of,
                                                           std::span<const char> bytes,
                                                           bool is_end_of_frame) {
    if (!append(bytes)) return bad_text();
    if (!is_end_of_frame || !of.fin) return std::nullopt;
    return finish_message();
  }

  // Takes what `input` has of `frame`.
  tl::expected<std::optional<ws_event>, ws_error> receive(std::span<char>& input) {
    const auto n =
        static_cast<std::size_t>(std::min<std::uint64_t>(frame.size - received, input.size()));
    const auto chunk = take_payload(input, n, frame, received);
    const auto at = static_cast<std::size_t>(received);
    received += n;
    in_frame = received < frame.size;
    if (!is_control(frame.op)) return add_data(frame, chunk, !in_frame);
    std::copy(chunk.begin(), chunk.end(), control.begin() + static_cast<std::ptrdiff_t>(at));
    if (in_frame) return std::nullopt;
    return control_event(frame.op, {control.data(), static_cast<std::size_t>(received)});
  }

  // Moves bytes from `input` to `head` until the header is complete.
  tl::expected<bool, ws_error> complete_head(std::span<char>& input, ws_role role,
                                             frame_head& out) {
    while (!input.empty()) {
      head[head_size++] = input.front();
      input = input.subspan(1);
      auto length = read_head({head.data(), head_size}, role, out);
      if (!length) return tl::make_unexpected(length.error());
      if (*length == 0) continue;
      head_size = 0;
      return true;
    }
    return false;
  }
};

websocket_parser::websocket_parser(ws_role role, std::size_t max_payload) noexcept
    : max_payload_(static_cast<std::uint32_t>(
          std::min<std::size_t>(max_payload, std::numeric_limits<std::uint32_t>::max()))),
      role_(role) {
  static_assert(sizeof(websocket_parser) <= 24, "one per idle connection");
}

websocket_parser::~websocket_parser() = default;
websocket_parser::websocket_parser(websocket_parser&&) noexcept = default;
websocket_parser& websocket_parser::operator=(websocket_parser&&) noexcept = default;

tl::expected<std::optional<ws_event>, ws_error> websocket_parser::next(std::span<char>& input) {
  // The last event may have pointed into it.
  if (partial_ && partial_->idle()) partial_.reset();
  while (!input.empty()) {
    auto event = partial_ && partial_->in_frame ? partial_->receive(input) : next_frame(input);
    if (!event || *event) return event;
  }
  return std::nullopt;
}

// Reads the header of a frame, and all of it when it is there.
tl::expected<std::optional<ws_event>, ws_error> websocket_parser::next_frame(
    std::span<char>& input) {
  frame_head head;
  if (partial_ && partial_->head_size > 0) {
    auto done = partial_->complete_head(input, role_, head);
    if (!done) return tl::make_unexpected(done.error());
    if (!*done) return std::nullopt;
  } else {
    auto length = read_head(input, role_, head);
    if (!length) return tl::make_unexpected(length.error());
    if (*length == 0) {
      keep().begin_head(input);
      return std::nullopt;
    }
    input = input.subspan(*length);
  }
  const bool in_message = partial_ && partial_->message_kind != ws_opcode::continuation;
  const std::size_t before = in_message ? partial_->message.size() : 0;
  if (auto wrong = out_of_place(head, in_message); !wrong.empty()) return violation(wrong);
  if (!is_control(head.op) && head.size > max_payload_ - before)
    return tl::make_unexpected(ws_error{1009, "message is too big"});

  if (input.size() < head.size) {
    keep().begin_frame(head);
    return std::nullopt;
  }
  const auto payload = take_payload(input, static_cast<std::size_t>(head.size), head, 0);
  if (is_control(head.op)) return control_event(head.op, payload);
  if (head.fin && !in_message) {
    if (head.op == ws_opcode::text && !is_valid_utf8(view(payload))) return bad_text();
    return ws_event{head.op, view(payload), 0};
  }
  if (!in_message) keep().start_message(head.op);
  return partial_->add_data(head, payload, true);
}

websocket_parser::partial& websocket_parser::keep() {
  if (!partial_) partial_ = std::make_unique<partial>();
  return *partial_;
}

std::size_t websocket_parser::buffered() const noexcept {
  return partial_ ? partial_->buffered() : 0;
}

}  // namespace pushmesh::net
