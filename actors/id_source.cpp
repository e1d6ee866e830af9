#include "actors/id_source.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace pushmesh {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Value of each character, -1 for those that are no digits. Names of rooms are looked at with it
/// in every emit.
constexpr auto digits = [] {
  std::array<signed char, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<signed char>(i);
  return values;
}();

int digit(char c) noexcept {
  return digits[static_cast<unsigned char>(c)];
}

/// Three bytes to four characters.
void encode(const unsigned char* bytes, char* out) noexcept {
  const auto bits = std::uint32_t(bytes[0]) << 16 | std::uint32_t(bytes[1]) << 8 | bytes[2];
  for (int i = 0; i < 4; ++i) out[i] = alphabet[bits >> (18 - 6 * i) & 63];
}

void fill_random(void* out, std::size_t size) {
  auto* at = static_cast<char*>(out);
  while (size > 0) {
    const auto got = ::getrandom(at, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw std::system_error(errno, std::system_category(), "getrandom");
    at += got;
    size -= static_cast<std::size_t>(got);
  }
}

}  // namespace

std::optional<socket_id> socket_id::parse(std::string_view text) noexcept {
  if (text.size() != length) return std::nullopt;
  if (!std::all_of(text.begin(), text.end(), [](char c) { return digit(c) >= 0; }))
    return std::nullopt;
  std::array<char, length> copy;
  std::copy(text.begin(), text.end(), copy.begin());
  return socket_id(copy);
}

std::uint16_t socket_id::shard() const noexcept {
  return static_cast<std::uint16_t>(digit(text_[6]) << 6 | digit(text_[7]));
}

namespace actors {

node_tag make_node_tag() {
  unsigned char bytes[6];
  char text[8];
  do {  // on a command line an id is no option
    fill_random(bytes, sizeof bytes);
    encode(bytes, text);
  } while (text[0] == '-');
  encode(bytes + 3, text + 4);
  node_tag tag;
  std::copy_n(text, tag.size(), tag.begin());
  return tag;
}

id_source::id_source(const node_tag& tag, std::uint16_t shard) noexcept {
  std::copy(tag.begin(), tag.end(), prefix_.begin());
  prefix_[6] = alphabet[shard >> 6 & 63];
  prefix_[7] = alphabet[shard & 63];
}

socket_id id_source::next() {
  if (used_ == pool_.size()) {
    fill_random(pool_.data(), pool_.size());
    used_ = 0;
  }
  std::array<char, socket_id::length> text;
  std::copy(prefix_.begin(), prefix_.end(), text.begin());
  for (std::size_t i = 0; i < 3; ++i) encode(&pool_[used_ + 3 * i], &text[8 + 4 * i]);
  std::fill_n(&pool_[used_], 9, 0);  // an id that was given out is not kept here
  used_ += 9;
  return socket_id(text);
}

}  // namespace actors
}  // namespace pushmesh
