#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "net/transport/http_message.hpp"

namespace pushmesh::net {

/// One request to an HTTP server, over a connection of its own.
struct http_fetch {
  std::string host;  ///< name or address, without brackets
  std::uint16_t port = 80;
  std::string method = "GET";
  std::string target = "/";
  std::vector<std::pair<std::string, std::string>> headers{};  ///< besides Host and Content-Length
  std::string body{};
  std::chrono::milliseconds connect_within{5000};
  /// From then on, until the answer is there whole.
  std::chrono::milliseconds answer_within{8000};
  std::size_t max_answer = 64 * 1024 * 1024;
};

struct http_fetch_error {
  bool connected = false;  ///< the server may have got the request
  std::string why;         ///< "connection refused"
};

/// Sends it and waits for the answer. For programs, not for loops: it blocks, a DNS name as long as
/// the system's resolver wants. Header names of the answer are as the server wrote them.
tl::expected<http_response, http_fetch_error> fetch(const http_fetch& request);

}  // namespace pushmesh::net
