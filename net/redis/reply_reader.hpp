#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "net/redis/reply.hpp"

struct redisReader;

namespace pushmesh::net::redis {

/// Takes replies out of the bytes that Redis sends: hiredis' reader, bounded. After an error the
/// stream cannot be read on.
class reply_reader {
 public:
  /// `max_reply`: bytes of one reply, nested ones included.
  explicit reply_reader(std::size_t max_reply);
  ~reply_reader();
  reply_reader(const reply_reader&) = delete;
  reply_reader& operator=(const reply_reader&) = delete;

  void feed(std::span<const char> bytes);
  /// The next whole reply, nothing when bytes are missing; the error says what is wrong.
  tl::expected<std::optional<reply>, std::string> next();

 private:
  redisReader* reader_;
  std::size_t max_reply_;
  std::size_t since_reply_ = 0;  // bytes fed since the last whole reply
};

/// A command as Redis reads it: an array of strings. Words may hold any bytes.
std::string format_command(std::span<const std::string_view> words);

}  // namespace pushmesh::net::redis
