#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace pushmesh::net {

/// Finds out whether somebody listens, and what a DNS name stands for, for any number of addresses
/// at the same time, on a thread of its own. Callbacks run on that thread, once each; those under
/// way when this object goes are dropped.
class connect_probe {
 public:
  connect_probe();
  ~connect_probe();
  connect_probe(const connect_probe&) = delete;

  /// Connects to a numeric address by TCP and closes again. False: refused, unreachable, or not
  /// within `deadline`. Any thread.
  void connect(const std::string& ip, std::uint16_t port, std::chrono::milliseconds deadline,
               std::function<void(bool)> done);
  /// The addresses of a host by DNS, textual; empty when it has none or DNS does not answer. Any
  /// thread.
  void look_up(const std::string& host, std::function<void(std::vector<std::string>)> done);

 private:
  class impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace pushmesh::net
