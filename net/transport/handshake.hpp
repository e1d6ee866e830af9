#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/transport/address_place.hpp"

namespace pushmesh::net {

/// What is known of the request that opened a connection. One allocation: an idle connection
/// carries it for its whole life.
class handshake {
 public:
  struct source {
    std::string_view target;         ///< path and query as sent
    std::string_view address;        ///< peer's IP address, textual
    std::string_view certificate{};  ///< subject of the client's certificate
    std::vector<std::pair<std::string_view, std::string_view>> headers;  ///< lower-case names
    std::int64_t issued_ms = 0;  ///< Unix time in milliseconds
    bool secure = false;
  };
  handshake() = default;
  explicit handshake(const source& s);

  std::string_view target() const noexcept;
  std::string_view address() const noexcept;
  std::int64_t issued_ms() const noexcept { return issued_ms_; }
  /// Over TLS.
  bool secure() const noexcept { return secure_; }
  /// Subject of the certificate that the client proved to own (`CN = alice`); empty: none.
  std::string_view client_certificate() const noexcept;
  /// Value of a kept header by its lower-case name; empty when absent.
  std::string_view header(std::string_view lower_case_name) const noexcept;
  /// Query parameters, decoded, in order (those of Engine.IO, such as EIO, included).
  std::vector<std::pair<std::string, std::string>> query() const;
  /// Keeps the connection's place among those of its address, for as long as this lives.
  void hold(address_place place) noexcept { place_ = std::move(place); }
  /// All kept headers in order.
  std::vector<std::pair<std::string_view, std::string_view>> headers() const;

 private:
  std::string_view header_text() const noexcept;

  std::size_t front() const noexcept { return std::size_t{target_} + address_ + certificate_; }

  address_place place_;
  std::unique_ptr<char[]> text_;  // target, address, certificate, then name/value pairs
  std::int64_t issued_ms_ = 0;
  std::uint32_t size_ = 0;                                    // bytes of text_
  std::uint16_t target_ = 0, address_ = 0, certificate_ = 0;  // lengths
  bool secure_ = false;
};

}  // namespace pushmesh::net
