#pragma once

#include <csignal>
#include <functional>

namespace pushmesh::program {

/// SIGTERM and SIGINT, and with `hangup::reloads` SIGHUP, as something to wait for. Make it before
/// any thread is started, so that all threads inherit that they do not take them. SIGPIPE is
/// ignored: a reader of our output that goes away must not end the node.
class stop_signals {
 public:
  enum class hangup { ends, reloads };
  explicit stop_signals(hangup meaning);
  stop_signals(const stop_signals&) = delete;
  stop_signals& operator=(const stop_signals&) = delete;

  /// Blocks until one of them comes; its name. After one that stops, the next one ends the process
  /// at once. `on_hangup` is called for each SIGHUP meanwhile.
  const char* wait(const std::function<void()>& on_hangup);

 private:
  sigset_t set_;
};

}  // namespace pushmesh::program
