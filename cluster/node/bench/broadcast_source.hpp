#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <tl/expected.hpp>

#include "cluster/node/bench/bench_options.hpp"
#include "cluster/node/bench/dialler.hpp"

namespace pushmesh::bench {

/// Where stamped broadcasts come from: a connection of the parent to the server.
class broadcast_source {
 public:
  virtual ~broadcast_source() = default;
  /// To wait on for input; see service().
  virtual int descriptor() const noexcept = 0;
  /// True while bytes wait for room in the socket.
  virtual bool wants_to_write() const noexcept = 0;
  /// Reads and writes what is possible now. The error is a sentence; the source is lost.
  virtual tl::expected<void, std::string> service() = 0;
  /// Sends broadcast `seq`, stamped with the present. The error as above.
  virtual tl::expected<void, std::string> publish(std::uint32_t seq) = 0;
};

/// The source the options ask for, connected; a sentence when that fails. Blocks for seconds at
/// most. `servers`: those of --url, of which the first is asked.
tl::expected<std::unique_ptr<broadcast_source>, std::string> open_broadcast_source(
    const bench_options& options, const std::vector<server_address>& servers);

}  // namespace pushmesh::bench
