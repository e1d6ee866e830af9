#include "cluster/node/bench/worker_pool.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <exception>
#include <new>
#include <system_error>

namespace pushmesh::bench {
namespace {

constexpr int exit_no_memory = 2;

// What the process of a worker does. Never returns: the parent's stack is not ours to unwind.
[[noreturn]] void run_worker(const worker_setup& setup, std::size_t index, worker_board& board,
                             const worker_orders& orders, pid_t parent) {
  int code = 0;
  try {
    // A parent that is killed takes its workers along, also when that happened before this line.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    std::signal(SIGINT, SIG_IGN);  // a terminal sends it to us, too; the parent says quit
    worker(setup, index, board, orders).run();
  } catch (const std::bad_alloc&) {
    code = exit_no_memory;
  } catch (const std::exception&) {
    code = 1;
  }
  _exit(code);
}

}  // namespace

worker_pool::worker_pool(const worker_setup& setup) {
  const auto count = setup.plan.processes.size();
  for (std::size_t i = 0; i < count; ++i) boards_.emplace_back();
  const auto parent = getpid();
  for (std::size_t i = 0; i < count; ++i) {
    const auto pid = fork();
    if (pid == 0) run_worker(setup, i, *boards_[i], *orders_, parent);
    if (pid < 0) {
      const int error = errno;
      quit();
      throw std::system_error(error, std::generic_category(), "cannot start a client process");
    }
    running_.push_back(pid);
  }
}

worker_pool::~worker_pool() {
  quit();
}

std::uint64_t worker_pool::total(shared_number worker_board::*number) const noexcept {
  std::uint64_t sum = 0;
  for (const auto& b : boards_) sum += ((*b).*number).get();
  return sum;
}

std::uint64_t worker_pool::total(failure_counts worker_board::*counts, failure f) const noexcept {
  std::uint64_t sum = 0;
  for (const auto& b : boards_) sum += ((*b).*counts)[static_cast<std::size_t>(f)].get();
  return sum;
}

delivery worker_pool::delivered(std::uint32_t seq) const noexcept {
  delivery sum;
  for (const auto& b : boards_) sum.merge(b->deliveries.read(seq));
  return sum;
}

void worker_pool::note(int status) {
  ++died_;
  if (!death_.empty()) return;
  if (WIFSIGNALED(status)) {
    death_ = "killed by signal " + std::to_string(WTERMSIG(status));
  } else if (WEXITSTATUS(status) == exit_no_memory) {
    death_ = "no memory left";
  } else {
    death_ = "exit code " + std::to_string(WEXITSTATUS(status));
  }
}

std::size_t worker_pool::reap() {
  std::erase_if(running_, [this](pid_t pid) {
    int status = 0;
    if (waitpid(pid, &status, WNOHANG) != pid) return false;
    note(status);
    return true;
  });
  return died_;
}

void worker_pool::quit() {
  orders_->quit.set(1);
  for (const auto pid : running_) {
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (status != 0) note(status);
  }
  running_.clear();
}

}  // namespace pushmesh::bench
