#pragma once

#include <cstdint>
#include <string>

#include "net/transport/http_message.hpp"

namespace pushmesh::net {

enum class after_answer : std::uint8_t { close, keep_alive };
enum class answer_part : std::uint8_t { all, head_only };

/// A response as the bytes of HTTP/1.1 (RFC 9112): Content-Length always, Connection: close where
/// it applies, no body in an answer to HEAD. CR and LF in header values are dropped.
std::string encode_http_answer(const http_response& answer, after_answer after,
                               answer_part part = answer_part::all);

/// A short answer of the transport itself with its reason phrase as the body.
http_response plain_answer(int status);

}  // namespace pushmesh::net
