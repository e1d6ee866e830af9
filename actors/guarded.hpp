#pragma once

#include <chrono>
#include <exception>
#include <string_view>
#include <utility>

#include "actors/api/event.hpp"
#include "actors/local_sockets.hpp"
#include "actors/node_core.hpp"
#include "actors/socket_actor.hpp"

namespace pushmesh::actors {

// The application's code runs only through this: what it throws stays here, what it costs is
// measured. False when it failed.
template <class F>
bool socket_actor::guarded(std::string_view what, F&& run) {
  const auto began = std::chrono::steady_clock::now();
  bool ok = true;
  try {
    std::forward<F>(run)();
  } catch (const argument_error& e) {
    report_bad_argument(e.what());
  } catch (const std::exception& e) {
    report_failure(what, e.what());
    ok = false;
  } catch (...) {
    report_failure(what, "unknown exception");
    ok = false;
  }
  const auto took = std::chrono::steady_clock::now() - began;
  if (took > sockets_.core().options().slow_handler) report_slow(what, took);
  return ok;
}

}  // namespace pushmesh::actors
