#include "net/protocol/websocket_frame.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>
#include <limits>
#include <new>
#include <string>
#include <stdexcept>

namespace pushmesh::net {
namespace {

std::atomic<std::size_t> live_bytes{0};

void put_big_endian(char* out, std::uint64_t value, int bytes) noexcept {
  for (int i = bytes - 1; i >= 0; --i, value >>= 8) out[i] = static_cast<char>(value & 0xFF);
}

// Cuts at a character border, because a reason that is not UTF-8 makes the peer answer 1007.
std::string_view fit_reason(std::string_view reason) noexcept {
  constexpr std::size_t max_reason = 123;
  if (reason.size() <= max_reason) return reason;
  std::size_t n = max_reason;
  while (n > 0 && (static_cast<unsigned char>(reason[n]) & 0xC0) == 0x80) --n;
  return reason.substr(0, n);
}

}  // namespace

std::size_t write_ws_header(char* out, ws_opcode op, std::uint64_t payload_size,
                            std::optional<std::uint32_t> mask) noexcept {
  const unsigned mask_bit = mask ? 0x80 : 0;
  out[0] = static_cast<char>(0x80u | static_cast<unsigned>(op));
  std::size_t n = 2;
  if (payload_size < 126) {
    out[1] = static_cast<char>(mask_bit | payload_size);
  } else if (payload_size <= 0xFFFF) {
    out[1] = static_cast<char>(mask_bit | 126u);
    put_big_endian(out + 2, payload_size, 2);
    n = 4;
  } else {
    out[1] = static_cast<char>(mask_bit | 127u);
    put_big_endian(out + 2, payload_size, 8);
    n = 10;
  }
  if (mask) {
    std::memcpy(out + n, &*mask, 4);
    n += 4;
  }
  return n;
}

void apply_mask(std::span<char> data, std::uint32_t key, std::size_t offset) noexcept {
  std::array<char, 4> wire;
  std::memcpy(wire.data(), &key, 4);
  std::array<char, 8> turned;
  for (std::size_t i = 0; i < turned.size(); ++i) turned[i] = wire[(offset + i) % 4];
  std::uint64_t wide;
  std::memcpy(&wide, turned.data(), 8);

  char* p = data.data();
  std::size_t left = data.size();
  for (; left >= 8; p += 8, left -= 8) {
    std::uint64_t word;
    std::memcpy(&word, p, 8);
    word ^= wide;
    std::memcpy(p, &word, 8);
  }
  for (std::size_t i = 0; i < left; ++i) p[i] ^= turned[i];
}

std::chrono::steady_clock::time_point frame::coarse_now() noexcept {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &t);  // same origin as steady_clock
  return std::chrono::steady_clock::time_point(std::chrono::seconds(t.tv_sec) +
                                               std::chrono::nanoseconds(t.tv_nsec));
}

/// The one place that makes and destroys frames; owns the process-wide count of their bytes. One
/// that holds binary has a pointer to its other form in the same allocation, behind the bytes.
class frame_builder {
 public:
  using other_form = std::atomic<frame*>;

  // Returns a frame with room for `size` bytes, and where they go.
  static std::pair<frame_ref, char*> make(std::size_t size, frame::meta about, bool binary) {
    if (size > std::numeric_limits<std::uint32_t>::max())
      throw std::length_error("a frame holds less than 4 GiB");
    const auto total = memory(size, binary);
    void* at = ::operator new(total);
    auto* f = new (at) frame(static_cast<std::uint32_t>(size), about, binary);
    if (binary) new (&other(*f)) other_form(nullptr);
    live_bytes.fetch_add(total, std::memory_order_relaxed);
    return {frame_ref(f), static_cast<char*>(at) + sizeof(frame)};
  }

  static void destroy(frame* f) noexcept {
    if (f->holds_binary_) frame_ref(other(*f).load(std::memory_order_acquire));
    const auto total = memory(f->size_, f->holds_binary_);
    const auto kept = f->kept_.load(std::memory_order_relaxed);
    f->~frame();
    ::operator delete(static_cast<void*>(f));
    if (!kept) live_bytes.fetch_sub(total, std::memory_order_relaxed);
  }

  static void keep(const frame& f) noexcept {
    if (!f.kept_.exchange(true, std::memory_order_relaxed))
      live_bytes.fetch_sub(memory(f.size_, f.holds_binary_), std::memory_order_relaxed);
  }

  static frame_ref copy(const frame& f) {
    auto [ref, at] = make(f.size_, f.about(), f.holds_binary_);
    std::ranges::copy(f.bytes(), at);
    return std::move(ref);
  }

  static other_form& other(const frame& f) noexcept {
    auto* const bytes = reinterpret_cast<char*>(const_cast<frame*>(&f));
    return *std::launder(reinterpret_cast<other_form*>(bytes + other_at(f.size_)));
  }

  // The form for Engine.IO 3 of a frame that holds binary, made by the first who asks.
  static frame_ref engineio3(const frame& f) {
    auto& kept = other(f);
    if (auto* const made = kept.load(std::memory_order_acquire)) return share(made);
    auto form = rewrite(f);
    frame* nobody = nullptr;
    if (!kept.compare_exchange_strong(nobody, form.f_, std::memory_order_acq_rel))
      return share(nobody);
    form.retain();  // for `kept`
    return form;
  }

 private:
  static std::size_t other_at(std::size_t size) noexcept {
    constexpr auto align = alignof(other_form);
    return (sizeof(frame) + size + align - 1) / align * align;
  }
  static std::size_t memory(std::size_t size, bool binary) noexcept {
    return binary ? other_at(size) + sizeof(other_form) : sizeof(frame) + size;
  }
  static frame_ref share(frame* f) noexcept {
    frame_ref r(f);
    r.retain();
    return r;
  }

  // Puts 04 in front of each binary payload. The bytes are our own frames: unmasked, not
  // fragmented.
  static frame_ref rewrite(const frame& f) {
    std::string out;
    for (auto rest = f.bytes(); !rest.empty();) {
      const auto op = static_cast<ws_opcode>(rest[0] & 0x0F);
      const auto [header, size] = measure(rest);
      const auto payload = rest.substr(header, size);
      const std::string_view type(op == ws_opcode::binary ? "\x04" : "");
      std::array<char, max_ws_header> head;
      out.append(head.data(), write_ws_header(head.data(), op, type.size() + payload.size()));
      out.append(type).append(payload);
      rest.remove_prefix(header + size);
    }
    auto [ref, at] = make(out.size(), f.about(), false);
    std::copy_n(out.data(), out.size(), at);
    return std::move(ref);
  }

  // Bytes of the header and of the payload of the first frame.
  static std::pair<std::size_t, std::size_t> measure(std::string_view bytes) noexcept {
    const auto byte = [bytes](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    const unsigned length = byte(1);
    const std::size_t header = length < 126 ? 2 : length == 126 ? 4 : 10;
    std::size_t size = length < 126 ? length : 0;
    for (std::size_t i = 2; i < header; ++i) size = size << 8 | byte(i);
    return {header, size};
  }
};

void frame_ref::release() noexcept {
  if (f_ && f_->references_.fetch_sub(1, std::memory_order_acq_rel) == 1)
    frame_builder::destroy(f_);
  f_ = nullptr;
}

frame_ref make_frame(ws_opcode op, std::initializer_list<std::string_view> pieces,
                     frame::meta about) {
  std::size_t payload = 0;
  for (auto piece : pieces) payload += piece.size();
  std::array<char, max_ws_header> head;
  const std::size_t head_size = write_ws_header(head.data(), op, payload);
  auto [ref, out] = frame_builder::make(head_size + payload, about, op == ws_opcode::binary);
  out = std::copy_n(head.data(), head_size, out);
  for (auto piece : pieces) out = std::copy_n(piece.data(), piece.size(), out);
  return std::move(ref);
}

frame_ref make_packet_frame(std::initializer_list<std::string_view> text,
                            std::span<const binary> attachments, frame::meta about) {
  if (attachments.empty()) return make_frame(ws_opcode::text, text, about);
  std::size_t payload = 0;
  for (auto piece : text) payload += piece.size();
  std::array<char, max_ws_header> head;
  const auto header = [&head](ws_opcode op, std::size_t size) {
    return std::string_view(head.data(), write_ws_header(head.data(), op, size));
  };
  std::size_t total = header(ws_opcode::text, payload).size() + payload;
  for (const auto& a : attachments) total += header(ws_opcode::binary, a.size()).size() + a.size();

  auto [ref, out] = frame_builder::make(total, about, true);
  auto put = [at = out](std::string_view bytes) mutable {
    at = std::copy_n(bytes.data(), bytes.size(), at);
  };
  put(header(ws_opcode::text, payload));
  for (auto piece : text) put(piece);
  for (const auto& a : attachments) {
    put(header(ws_opcode::binary, a.size()));
    put(a.view());
  }
  return std::move(ref);
}

frame_ref engineio3_form(const frame_ref& f) {
  return f->holds_binary_ ? frame_builder::engineio3(*f) : f;
}

frame_ref make_raw_frame(std::string_view bytes) {
  auto [ref, out] = frame_builder::make(bytes.size(), {}, false);
  std::copy_n(bytes.data(), bytes.size(), out);
  return std::move(ref);
}

frame_ref make_close_frame(std::uint16_t code, std::string_view reason) {
  // 1005 stands for "no code" and must not appear on the wire (RFC 6455 section 7.4.1).
  if (code == 1005) return make_frame(ws_opcode::close, {});
  std::array<char, 2> status;
  put_big_endian(status.data(), code, 2);
  return make_frame(ws_opcode::close, {{status.data(), status.size()}, fit_reason(reason)});
}

frame_ref fresh_copy(const frame_ref& f) {
  return frame_builder::copy(*f);
}

void count_as_kept(const frame_ref& f) noexcept {
  frame_builder::keep(*f);
}

std::size_t live_frame_bytes() noexcept {
  return live_bytes.load(std::memory_order_relaxed);
}

}  // namespace pushmesh::net
