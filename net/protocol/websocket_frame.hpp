#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "net/protocol/binary.hpp"

namespace pushmesh::net {

/// RFC 6455 section 5.2.
enum class ws_opcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10
};

/// Which end of the connection we are: a server must not mask and must be sent masked frames.
enum class ws_role : std::uint8_t { server, client };

constexpr std::size_t max_ws_header = 14;

/// Writes a frame header (FIN set) to `out`, which holds max_ws_header bytes; returns its length.
/// With `mask` (clients) the mask bit and the key are written; masking the payload is the caller's.
std::size_t write_ws_header(char* out, ws_opcode op, std::uint64_t payload_size,
                            std::optional<std::uint32_t> mask = {}) noexcept;

/// XORs `data` with `key` (its bytes in wire order, as read by memcpy), starting at key byte
/// `offset % 4`. RFC 6455 section 5.3.
void apply_mask(std::span<char> data, std::uint32_t key, std::size_t offset = 0) noexcept;

class frame_ref;

/// One encoded WebSocket frame (or several behind each other), immutable once built and shared by
/// all its receivers and shards. Header and bytes are one allocation.
class frame {
 public:
  /// How an emit wants to be treated when a receiver is slow.
  struct meta {
    bool is_volatile = false;  ///< dropped rather than queued when the transport is not writable
    std::uint32_t event_hash =
        0;                    ///< identifies (namespace, event) for the coalesce policy; 0: none
    std::uint8_t policy = 0;  ///< overflow_policy of the emit, see net/transport/outbound_queue.hpp
    std::uint64_t offset = 0;  ///< by which a client that recovers names this packet; 0: none
  };

  std::string_view bytes() const noexcept {
    return {reinterpret_cast<const char*>(this + 1), size_};
  }
  const meta& about() const noexcept { return meta_; }
  /// When it was built, up to 10 ms too early: the kernel's coarse clock costs a fifth of the fine
  /// one. Its age is what the age bound of the queues looks at.
  std::chrono::steady_clock::time_point built_at() const noexcept { return built_at_; }

 private:
  friend class frame_ref;
  friend class frame_builder;
  friend frame_ref engineio3_form(const frame_ref& f);
  frame(std::uint32_t size, meta m, bool binary) noexcept
      : size_(size), meta_(m), holds_binary_(binary), built_at_(coarse_now()) {}
  static std::chrono::steady_clock::time_point coarse_now() noexcept;
  std::atomic<std::uint32_t> references_{1};
  std::uint32_t size_;
  meta meta_;
  mutable std::atomic<bool> kept_{false};
  bool holds_binary_;  // then a pointer to its form for Engine.IO 3 stands behind the bytes
  std::chrono::steady_clock::time_point built_at_;
};

/// Owning reference to a frame; copies share it. Copy and destruction are safe on any thread.
class frame_ref {
 public:
  frame_ref() = default;
  frame_ref(const frame_ref& o) noexcept : f_(o.f_) { retain(); }
  frame_ref(frame_ref&& o) noexcept : f_(std::exchange(o.f_, nullptr)) {}
  frame_ref& operator=(frame_ref o) noexcept {
    std::swap(f_, o.f_);
    return *this;
  }
  ~frame_ref() { release(); }
  const frame* operator->() const noexcept { return f_; }
  const frame& operator*() const noexcept { return *f_; }
  explicit operator bool() const noexcept { return f_ != nullptr; }
  const frame* get() const noexcept { return f_; }

 private:
  friend class frame_builder;
  explicit frame_ref(frame* f) noexcept : f_(f) {}
  void retain() noexcept {
    if (f_) f_->references_.fetch_add(1, std::memory_order_relaxed);
  }
  void release() noexcept;
  frame* f_ = nullptr;
};

/// One unmasked frame whose payload is the concatenation of `pieces`. One allocation.
frame_ref make_frame(ws_opcode op, std::initializer_list<std::string_view> pieces,
                     frame::meta about = {});
/// One Socket.IO packet: a text frame of `text` and, behind it, a binary frame for each attachment.
/// They are one object, so nothing can come between them in any queue.
frame_ref make_packet_frame(std::initializer_list<std::string_view> text,
                            std::span<const binary> attachments, frame::meta about = {});
/// The same packet as clients of Engine.IO 3 read it: the byte 04 stands in front of the payload of
/// each binary frame. Built when it is first asked for and kept with `f`, for all its receivers; a
/// frame of text alone is its own form. Any thread.
frame_ref engineio3_form(const frame_ref& f);
/// The given bytes as they are, without a header (HTTP answers that share the outbound queue).
frame_ref make_raw_frame(std::string_view bytes);
/// A Close frame with a status code and a reason of at most 123 bytes. RFC 6455 section 5.5.1.
frame_ref make_close_frame(std::uint16_t code, std::string_view reason);

/// The same bytes as if they were built now: for what is sent a second time, later.
frame_ref fresh_copy(const frame_ref& f);

/// Bytes held by all living frames of the process, headers included, but for those that are kept:
/// what the node's outbound budget looks at.
std::size_t live_frame_bytes() noexcept;
/// Counts this frame, until it goes, as one that is kept for clients that come back and is bounded
/// by who keeps it.
void count_as_kept(const frame_ref& f) noexcept;

}  // namespace pushmesh::net
