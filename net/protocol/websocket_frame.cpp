#include "net/protocol/websocket_frame.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <new>
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

/// The one place that makes and destroys frames; owns the process-wide count of their bytes.
class frame_builder {
 public:
  // Returns a frame with room for `size` bytes, and where they go.
  static std::pair<frame_ref, char*> make(std::size_t size, frame::meta about) {
    if (size > std::numeric_limits<std::uint32_t>::max())
      throw std::length_error("a frame holds less than 4 GiB");
    void* memory = ::operator new(sizeof(frame) + size);
    auto* f = new (memory) frame(static_cast<std::uint32_t>(size), about);
    live_bytes.fetch_add(sizeof(frame) + size, std::memory_order_relaxed);
    return {frame_ref(f), static_cast<char*>(memory) + sizeof(frame)};
  }

  static void destroy(frame* f) noexcept {
    const std::size_t total = sizeof(frame) + f->size_;
    f->~frame();
    ::operator delete(static_cast<void*>(f));
    live_bytes.fetch_sub(total, std::memory_order_relaxed);
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
  auto [ref, out] = frame_builder::make(head_size + payload, about);
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

  auto [ref, out] = frame_builder::make(total, about);
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

frame_ref make_raw_frame(std::string_view bytes) {
  auto [ref, out] = frame_builder::make(bytes.size(), {});
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

std::size_t live_frame_bytes() noexcept {
  return live_bytes.load(std::memory_order_relaxed);
}

}  // namespace pushmesh::net
