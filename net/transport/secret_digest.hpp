#pragma once

#include <array>
#include <string_view>

namespace pushmesh::net {

/// SHA-256 of a secret, which is kept and compared in its place: equal in length whatever was
/// given.
using secret_digest = std::array<unsigned char, 32>;

secret_digest digest_of(std::string_view secret);

/// Takes as long whether and wherever they differ.
bool equal_in_constant_time(const secret_digest& a, const secret_digest& b) noexcept;

}  // namespace pushmesh::net
