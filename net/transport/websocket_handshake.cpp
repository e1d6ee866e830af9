#include "net/transport/websocket_handshake.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>

namespace pushmesh::net {
namespace {

constexpr std::string_view base64_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
// RFC 9110 section 5.6.2.
constexpr std::string_view token_marks = "!#$%&'*+-.^_`|~";

// 16 bytes in base64: 22 characters and the padding.
bool is_key(std::string_view key) noexcept {
  return key.size() == 24 && key.substr(22) == "==" && key.find_first_not_of(base64_alphabet) == 22;
}

bool is_token(std::string_view s) noexcept {
  return !s.empty() && std::all_of(s.begin(), s.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           token_marks.find(c) != std::string_view::npos;
  });
}

}  // namespace

bool asks_for_websocket(const http_head& request) noexcept {
  return list_contains(request.header("upgrade"), "websocket") &&
         list_contains(request.header("connection"), "upgrade");
}

tl::expected<std::string, errc> accept_websocket(const http_head& request) {
  const auto key = request.header("sec-websocket-key");
  const auto protocols = request.header("sec-websocket-protocol");
  const auto protocol = first_of_list(protocols);
  if (request.method != "GET" || request.version < 11 || !asks_for_websocket(request) ||
      request.header("sec-websocket-version") != "13" || !is_key(key) ||
      (!protocols.empty() && !is_token(protocol)))
    return tl::make_unexpected(errc::bad_request);

  std::string answer =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: " +
      websocket_accept_key(key) + "\r\n";
  if (!protocol.empty()) answer.append("Sec-WebSocket-Protocol: ").append(protocol).append("\r\n");
  return answer + "\r\n";
}

std::string websocket_accept_key(std::string_view key) {
  // The GUID is RFC 6455's own.
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest;
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::array<unsigned char, 29> encoded;  // 28 characters and the zero that OpenSSL adds
  const int n = EVP_EncodeBlock(encoded.data(), digest.data(), digest.size());
  return {reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(n)};
}

}  // namespace pushmesh::net
