#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

#include "cluster/link/wire_v1.hpp"

/// Bytes as tests write them: hexadecimal pairs, 'text' in quotes, and `(...)` for a length byte
/// followed by what is between the brackets. Blanks are free.
inline std::string wire_bytes(std::string_view notation) {
  const auto digit = [](char c) -> unsigned {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
    throw std::invalid_argument("not hexadecimal");
  };
  std::string out;
  std::string open;  // offsets of lengths, as a stack
  for (std::size_t i = 0; i < notation.size(); ++i) {
    switch (const char c = notation[i]; c) {
      case ' ':
        break;
      case '\'':
        while (notation[++i] != '\'') out += notation[i];
        break;
      case '(':
        open += static_cast<char>(out.size());
        out += '\0';
        break;
      case ')': {
        const auto at = static_cast<unsigned char>(open.back());
        open.pop_back();
        out[at] = static_cast<char>(out.size() - at - 1);
        break;
      }
      default:
        out += static_cast<char>(digit(c) << 4 | digit(notation[++i]));
    }
  }
  return out;
}

template <class T>
std::string wire_encoded(const T& item) {
  std::string out;
  const auto size = pushmesh::cluster::wire_v1::encode(out, item);
  if (!size) throw std::runtime_error(size.error().message());
  if (*size != out.size()) throw std::runtime_error("wrong size");
  return out;
}

/// The only item of these bytes.
inline pushmesh::cluster::wire_v1::raw_item wire_single(std::string_view bytes,
                                                        std::size_t longest = 1 << 30) {
  pushmesh::cluster::wire_v1::wire_reader reader(bytes, longest);
  const auto first = reader.next();
  if (!first || !*first) throw std::runtime_error("no item");
  const auto second = reader.next();
  if (!second || *second) throw std::runtime_error("more than one item");
  return **first;
}
