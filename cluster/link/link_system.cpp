#include "cluster/link/link_system.hpp"

#include <sys/random.h>

#include <array>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/io/middleman.hpp>
#include <caf/logger.hpp>
#include <caf/openssl/manager.hpp>
#include <chrono>
#include <cstdint>
#include <future>
#include <thread>
#include <vector>
#include <mutex>
#include <memory>
#include <utility>

#include "cluster/link/link_messages.hpp"
#include "cluster/link/random_node_id.hpp"
#include "cluster/start_error.hpp"

namespace pushmesh::cluster {

namespace {

constexpr caf::timespan heartbeat_interval = std::chrono::seconds(1);
constexpr caf::timespan connection_timeout = std::chrono::milliseconds(2500);

}  // namespace

void configure_links(caf::actor_system_config& config, const certificate_files& files) {
  config.load<caf::io::middleman>();
  if (!files.cert.empty()) {
    config.openssl_certificate = files.cert;
    config.openssl_key = files.key;
    config.openssl_cafile = files.ca;
    config.load<caf::openssl::manager>();
  }
  use_random_node_id(config);
  config.add_message_types<caf::id_block::pushmesh_cluster>();
  config.set("middleman.heartbeat-interval", heartbeat_interval);
  config.set("middleman.connection-timeout", connection_timeout);
  config.set("middleman.attach-utility-actors", true);
}

bool heartbeats_are_on(const caf::actor_system& system) {
  const auto& config = system.config();
  const caf::timespan none{0};
  return caf::get_or(config, "middleman.heartbeat-interval", none) == heartbeat_interval &&
         caf::get_or(config, "middleman.connection-timeout", none) == connection_timeout;
}

incarnation_id new_incarnation() {
  std::array<std::uint8_t, 10> random;
  if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size()))
    throw start_error("the kernel gives no random numbers");
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  return incarnation_id::make(static_cast<std::uint64_t>(ms), random);
}

bool end_in_time(std::function<void()> end, std::chrono::milliseconds longest) {
  // CAF's logger, which the system waits for, is held by each thread that used the system last.
  caf::logger::set_current_actor_system(nullptr);
  using task = std::packaged_task<void()>;
  auto kept = std::make_unique<task>(std::move(end));
  auto ended = kept->get_future();
  std::thread thread([t = kept.get()] { (*t)(); });
  if (ended.wait_for(longest) == std::future_status::ready) {
    thread.join();
    return true;
  }
  thread.detach();
  // What the task holds stays for ever: its last reference may not go on that thread, when those
  // who made it are gone.
  static auto* const left_behind = new std::vector<std::unique_ptr<task>>;
  static std::mutex mutex;
  std::lock_guard lock(mutex);
  left_behind->push_back(std::move(kept));
  return false;
}

}  // namespace pushmesh::cluster
