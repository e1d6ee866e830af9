#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace pushmesh {

/// Bytes that travel as they are: a Buffer, ArrayBuffer or Blob of the client, an attachment of a
/// packet. Immutable and shared: copies cost a reference count, on any thread. Two are equal when
/// their bytes are.
class binary {
 public:
  binary() noexcept = default;
  /// Takes the bytes over without a copy.
  explicit binary(std::string bytes)
      : bytes_(bytes.empty() ? nullptr : std::make_shared<const std::string>(std::move(bytes))) {}
  explicit binary(std::span<const std::byte> bytes) : binary(copy_of(bytes.data(), bytes.size())) {}
  explicit binary(std::span<const std::uint8_t> bytes)
      : binary(copy_of(bytes.data(), bytes.size())) {}

  /// Valid as long as this or a copy of it lives.
  std::string_view view() const noexcept {
    return bytes_ ? std::string_view(*bytes_) : std::string_view();
  }
  std::span<const std::byte> bytes() const noexcept {
    return std::as_bytes(std::span(view().data(), view().size()));
  }
  std::size_t size() const noexcept { return view().size(); }
  bool empty() const noexcept { return !bytes_; }

  friend bool operator==(const binary& a, const binary& b) noexcept { return a.view() == b.view(); }

 private:
  static std::string copy_of(const void* data, std::size_t size) {
    return size ? std::string(static_cast<const char*>(data), size) : std::string();
  }
  std::shared_ptr<const std::string> bytes_;  // null: no bytes
};

}  // namespace pushmesh
