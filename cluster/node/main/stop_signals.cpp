#include "cluster/node/main/stop_signals.hpp"

namespace pushmesh::program {

stop_signals::stop_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  sigemptyset(&set_);
  sigaddset(&set_, SIGTERM);
  sigaddset(&set_, SIGINT);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
}

const char* stop_signals::wait() {
  int number = 0;
  sigwait(&set_, &number);
  pthread_sigmask(SIG_UNBLOCK, &set_, nullptr);
  return number == SIGTERM ? "SIGTERM" : "SIGINT";
}

}  // namespace pushmesh::program
