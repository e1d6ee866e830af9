#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "net/protocol/binary.hpp"
#include "net/protocol/errc.hpp"
#include "net/protocol/limits.hpp"
#include "net/protocol/socketio_codec.hpp"

namespace pushmesh::net {

/// True for the text of a BINARY_EVENT or BINARY_ACK: attachments follow it.
constexpr bool announces_attachments(std::string_view text) noexcept {
  return text.starts_with('5') || text.starts_with('6');
}

/// A BINARY_EVENT or BINARY_ACK: its text, and the attachments as far as they came. Holds at most
/// max_attachments times max_payload bytes.
class partial_packet {
 public:
  /// Decodes and copies the text. Every placeholder must name an attachment that is announced, by
  /// whatever number of places; what a packet without attachments holds is data. Errors: those of
  /// decode_socketio(), bad_placeholder.
  static tl::expected<std::unique_ptr<partial_packet>, errc> begin(std::string_view text,
                                                                   const protocol_limits& limits);
  partial_packet(const partial_packet&) = delete;
  partial_packet& operator=(const partial_packet&) = delete;

  /// The next attachment; only while it is not complete.
  void add(std::string_view bytes);
  bool complete() const noexcept { return attachments_.size() == packet_.attachments; }
  /// Bytes held, text included.
  std::size_t bytes() const noexcept { return bytes_; }

  /// Views into this object.
  const socketio_packet& packet() const noexcept { return packet_; }
  const std::vector<std::string_view>& elements() const noexcept { return elements_; }
  std::span<const binary> attachments() const noexcept { return attachments_; }

 private:
  explicit partial_packet(std::string_view text) : text_(text), bytes_(text.size()) {}
  const std::string text_;
  std::size_t bytes_;
  socketio_packet packet_;
  std::vector<std::string_view> elements_;
  std::vector<binary> attachments_;
};

}  // namespace pushmesh::net
