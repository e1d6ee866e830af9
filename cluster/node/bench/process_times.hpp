#pragma once

#include <cstdint>

namespace pushmesh::bench {

/// What the kernel knows about the calling process.
class process_times {
 public:
  process_times();
  ~process_times();
  process_times(const process_times&) = delete;
  process_times& operator=(const process_times&) = delete;

  /// User and system time.
  std::uint64_t cpu_us() const noexcept;
  /// Time its first thread was ready to run and had no core; 0 when the kernel does not tell.
  std::uint64_t waiting_us() const noexcept;

 private:
  int schedstat_;
};

/// Anonymous resident memory of the calling process; 0 when the kernel does not tell.
std::uint64_t private_memory_bytes();

/// Busy and idle time of all cores since boot.
struct machine_time {
  std::uint64_t busy = 0;  ///< ticks
  std::uint64_t idle = 0;  ///< ticks
};
machine_time read_machine_time();

/// RLIMIT_NOFILE, after raising it to what is allowed.
std::uint64_t raise_descriptor_limit();

/// Size of net.ipv4.ip_local_port_range.
std::uint64_t source_port_count();

}  // namespace pushmesh::bench
