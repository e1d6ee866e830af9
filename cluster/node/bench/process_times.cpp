#include "cluster/node/bench/process_times.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <fstream>
#include <string>
#include <string_view>

namespace pushmesh::bench {
namespace {

std::uint64_t in_us(const timeval& t) noexcept {
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(t.tv_usec);
}

}  // namespace

process_times::process_times() : schedstat_(open("/proc/self/schedstat", O_RDONLY | O_CLOEXEC)) {}

process_times::~process_times() {
  if (schedstat_ >= 0) close(schedstat_);
}

std::uint64_t process_times::cpu_us() const noexcept {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return in_us(used.ru_utime) + in_us(used.ru_stime);
}

// The file holds: nanoseconds on a core, nanoseconds waiting for one, number of slices.
std::uint64_t process_times::waiting_us() const noexcept {
  char text[96];
  const auto n = schedstat_ < 0 ? -1 : pread(schedstat_, text, sizeof text, 0);
  if (n <= 0) return 0;
  const std::string_view all(text, static_cast<std::size_t>(n));
  const auto blank = all.find(' ');
  if (blank == std::string_view::npos) return 0;
  std::uint64_t ns = 0;
  std::from_chars(all.data() + blank + 1, all.data() + all.size(), ns);
  return ns / 1'000;
}

std::uint64_t private_memory_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string key; status >> key;) {
    std::uint64_t kib = 0;
    if (key == "RssAnon:" && status >> kib) return kib * 1024;
  }
  return 0;
}

machine_time read_machine_time() {
  std::ifstream stat("/proc/stat");
  std::string cpu;
  std::uint64_t user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0;
  stat >> cpu >> user >> nice >> system >> idle >> iowait >> irq >> softirq;
  return {user + nice + system + irq + softirq, idle + iowait};
}

std::uint64_t raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const auto before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return before;
  return limit.rlim_cur;
}

std::uint64_t source_port_count() {
  std::ifstream range("/proc/sys/net/ipv4/ip_local_port_range");
  std::uint64_t first = 0, last = 0;
  if (!(range >> first >> last) || last < first) return 28'232;  // the kernel's default
  return last - first + 1;
}

}  // namespace pushmesh::bench
