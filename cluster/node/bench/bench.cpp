#include "cluster/node/bench/bench.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "cluster/node/bench/bench_run.hpp"
#include "cluster/node/bench/dialler.hpp"
#include "cluster/node/bench/load_plan.hpp"
#include "cluster/node/bench/process_times.hpp"
#include "cluster/node/bench/report.hpp"
#include "cluster/node/config/config_error.hpp"

namespace pushmesh::bench {
namespace {

using config::exit_code;

int fail(exit_code code, const std::string& message) {
  std::fprintf(stderr, "pushmesh: %s\n", message.c_str());
  return static_cast<int>(code);
}

tl::expected<std::vector<server_address>, std::string> resolve_all(const bench_options& options) {
  std::vector<server_address> servers;
  for (const auto& url : options.urls) {
    auto server = resolve(*host_port::parse(url));  // find_mistake() saw that it is one
    if (!server) return tl::unexpected("--url: " + server.error());
    servers.push_back(std::move(*server));
  }
  return servers;
}

int measure(const bench_options& options) {
  const auto servers = resolve_all(options);
  if (!servers) return fail(exit_code::failed, servers.error());
  const machine_limits limits{raise_descriptor_limit(), source_port_count()};
  const bool loopback =
      std::all_of(servers->begin(), servers->end(), [](const auto& s) { return s.is_loopback(); });
  const auto plan = plan_load(options, limits, loopback);
  if (!plan) return fail(exit_code::failed, plan.error());
  for (const auto& warning : plan->warnings)
    std::fprintf(stderr, "pushmesh: %s\n", warning.c_str());

  const auto result = bench_run({options, *servers, *plan}, limits).run();
  const auto report = options.json ? json_report(result) : text_report(result);
  std::fputs(report.c_str(), stdout);
  std::fflush(stdout);
  return static_cast<int>(result.is_good() ? exit_code::done : exit_code::failed);
}

}  // namespace

int run_bench(const bench_options& options) {
  if (const auto mistake = find_mistake(options); !mistake.empty())
    return fail(exit_code::usage, mistake);
  try {
    return measure(options);
  } catch (const std::exception& e) {
    return fail(exit_code::failed, e.what());
  }
}

}  // namespace pushmesh::bench
