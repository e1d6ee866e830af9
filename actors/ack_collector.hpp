#pragma once

#include <cstddef>
#include <memory>
#include <mutex>

#include "actors/api/ack.hpp"

namespace pushmesh::actors {

class shard;

/// Puts together what the shards (and later the nodes) report of one emit with acknowledgement,
/// and calls back once, on one shard.
class ack_collector : public std::enable_shared_from_this<ack_collector> {
 public:
  /// `parts` reports are expected; `done` runs on `home`.
  ack_collector(shard& home, std::size_t parts, ack_callback done);
  /// Any thread.
  void add(ack_result part);

 private:
  void merge(ack_result part);
  shard& home_;
  std::mutex mutex_;  // of what follows
  std::size_t missing_;
  ack_result result_;
  ack_callback done_;
};

}  // namespace pushmesh::actors
