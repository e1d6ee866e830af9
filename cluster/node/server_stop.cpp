#include <caf/send.hpp>
#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "actors/local_sockets.hpp"
#include "actors/shard.hpp"
#include "cluster/link/link_system.hpp"
#include "cluster/node/server_impl.hpp"
#include "net/transport/polling_hub.hpp"
#include "net/transport/relay/session_relay.hpp"

namespace pushmesh {

using actors::log_level;

namespace {

/// How long stop() waits for clients to take their last bytes.
constexpr auto longest_goodbye = std::chrono::seconds(2);

/// Runs `f` on the shard and waits for it.
template <class F>
auto run_on(actors::shard& s, F f) {
  std::packaged_task<decltype(f())()> task(std::move(f));
  auto result = task.get_future();
  s.post([task = std::make_shared<decltype(task)>(std::move(task))] { (*task)(); });
  return result.get();
}

}  // namespace

/// Every socket leaves with "server shutting down" and gets the time to read it, over whichever
/// node its client is connected to. Clients of other nodes' sessions lose nothing but their
/// connection here: their polls are answered, their tunnels last until our own sockets are gone.
void server::impl::close_sockets() {
  for (const auto& s : core->shards())
    run_on(*s, [&] {
      core->sockets_of(*s).close_all(close_reason::server_shutting_down);
      raw_sessions_[s->index()]->close_all(close_reason::server_shutting_down);
      s->loop().close_idle_connections();
      return true;
    });
  const auto deadline =
      std::chrono::steady_clock::now() +
      std::min<std::chrono::milliseconds>(longest_goodbye, options.transport.close_timeout);
  const auto wait_while = [&](auto busy) {
    for (const auto& s : core->shards())
      while (run_on(*s, [&] { return busy(*s); }) && std::chrono::steady_clock::now() < deadline)
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
  };
  wait_while([&](actors::shard& s) {
    auto& loop = s.loop();
    return core->sockets_of(s).connection_count() > 0 || raw_sessions_[s.index()]->size() > 0 ||
           loop.polling().sessions().size() > 0 ||
           loop.open_descriptors() > loop.relay().tunnels() ||
           loop.relay().edge().has_probing_tunnels();
  });
  for (const auto& s : core->shards())
    run_on(*s, [&] {
      s->loop().relay().edge().close_tunnels();
      return true;
    });
  wait_while([](actors::shard& s) { return s.loop().open_descriptors() > 0; });
}

/// Actors may still be held by messages in flight: wait until the last one is gone.
void server::impl::end_actors() {
  for (const auto& a : shard_actors_) caf::anon_send(a, actors::shard_stop{});
  shard_actors_.clear();
  const auto deadline = std::chrono::steady_clock::now() + longest_goodbye;
  for (const auto& s : core->shards()) {
    while (s->live_actors().load(std::memory_order_acquire) > 0 &&
           std::chrono::steady_clock::now() < deadline) {
      run_on(*s, [] { return true; });
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    if (const auto left = s->live_actors().load(); left > 0)
      core->log(log_level::warn, "shard " + std::to_string(s->index()) + " ends with " +
                                     std::to_string(left) + " actors still referenced");
  }
}

// The order matters: nobody new, everybody out, no actor left, no queue open, no thread, no CAF.
void server::impl::stop() {
  std::lock_guard lock(mutex_);
  if (!running_) return;
  running_ = false;
  core->begin_shutdown();
  bridge_.stop();
  for (auto& [home, l] : listeners_)
    run_on(*home, [&l = *l] {
      l.stop();
      return true;
    });
  close_sockets();
  for (auto& [home, l] : listeners_)
    run_on(*home, [&l] {
      l.reset();
      return true;
    });
  listeners_.clear();
  if (links) links->stop();
  end_actors();
  for (const auto& s : core->shards()) s->stop();
  end_system();
}

void server::impl::end_system() {
  if (!links) return system_.reset();
  auto end = [system = std::exchange(system_, {}), config = config_, core = core]() mutable {
    system.reset();
  };
  if (!cluster::end_in_time(std::move(end), longest_goodbye))
    core->log(log_level::warn, "cluster: a dial is still under way; not waiting for it");
}

}  // namespace pushmesh
