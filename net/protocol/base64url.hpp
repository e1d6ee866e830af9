#pragma once

#include <string>
#include <string_view>

namespace pushmesh::net {

/// Replaces `out` by the bytes of `text`, base64url without padding (RFC 7515 section 2). Strict,
/// so that no two texts stand for the same bytes: false for other characters (padding, white space
/// and those of plain base64 included), for a length that no bytes have, and for bits left over
/// that are not zero.
bool decode_base64url(std::string_view text, std::string& out);

}  // namespace pushmesh::net
