#include "cluster/node/http/process_metrics.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

namespace pushmesh::http {
namespace {

double seconds(const timeval& t) {
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
}

double resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  double total = 0, resident = 0;
  statm >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

process_metrics read_process_metrics() {
  return {resident_bytes(), cpu_seconds()};
}

}  // namespace pushmesh::http
