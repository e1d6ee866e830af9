#include "cluster/node/main/stop_signals.hpp"

namespace pushmesh::program {

stop_signals::stop_signals(hangup meaning) {
  std::signal(SIGPIPE, SIG_IGN);
  sigemptyset(&set_);
  sigaddset(&set_, SIGTERM);
  sigaddset(&set_, SIGINT);
  if (meaning == hangup::reloads) sigaddset(&set_, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
}

const char* stop_signals::wait(const std::function<void()>& on_hangup) {
  int number = 0;
  while (sigwait(&set_, &number) == 0 && number == SIGHUP) on_hangup();
  pthread_sigmask(SIG_UNBLOCK, &set_, nullptr);
  return number == SIGTERM ? "SIGTERM" : "SIGINT";
}

}  // namespace pushmesh::program
