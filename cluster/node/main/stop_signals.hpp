#pragma once

#include <csignal>

namespace pushmesh::program {

/// SIGTERM and SIGINT as something to wait for. Make it before any thread is started, so that all
/// threads inherit that they do not take them. SIGPIPE is ignored: a reader of our output that
/// goes away must not end the node.
class stop_signals {
 public:
  stop_signals();
  stop_signals(const stop_signals&) = delete;
  stop_signals& operator=(const stop_signals&) = delete;

  /// Blocks until one of them comes; its name. The next one ends the process at once.
  const char* wait();

 private:
  sigset_t set_;
};

}  // namespace pushmesh::program
