#pragma once

namespace pushmesh::http {

/// What the system tells of this process; 0 where it does not.
struct process_metrics {
  double resident_bytes = 0;
  double cpu_seconds = 0;  ///< user and system
};

/// Reads /proc/self/statm (proc(5)). Takes some microseconds. Open descriptors are not counted:
/// with 20,000 of them that would hold up the shard for milliseconds.
process_metrics read_process_metrics();

}  // namespace pushmesh::http
