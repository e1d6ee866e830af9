#pragma once

namespace pushmesh::http {

/// What the system tells of this process; 0 where it does not.
struct process_metrics {
  double resident_bytes = 0;
  double cpu_seconds = 0;  ///< user and system
  double open_descriptors = 0;
};

/// Reads /proc/self (proc(5)). Takes some microseconds, more with many open descriptors.
process_metrics read_process_metrics();

}  // namespace pushmesh::http
