#pragma once

#include <functional>
#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "net/redis/options.hpp"
#include "net/redis/redis_url.hpp"
#include "net/transport/byte_stream.hpp"

namespace pushmesh::net::redis {

/// One attempt to connect: resolves the name, tries its addresses, and shakes hands if it is TLS,
/// without blocking the loop.
/// Lives on the loop's thread; destroying it ends the attempt.
class dialler {
 public:
  /// The stream is counted among the loop's descriptors. The error says why, without the address.
  using callback = std::function<void(tl::expected<std::unique_ptr<byte_stream>, std::string>)>;

  /// Starts at once; `done` runs from the loop, once, within connect_timeout.
  dialler(io_loop& loop, const redis_url& where, const redis_options& options, callback done);
  ~dialler();
  dialler(const dialler&) = delete;
  dialler& operator=(const dialler&) = delete;

 private:
  class attempt;
  std::shared_ptr<attempt> attempt_;  // shared with what is pending on the loop
};

}  // namespace pushmesh::net::redis
