#include "actors/node_core.hpp"

#include <cstdio>
#include <mutex>
#include <random>
#include <stdexcept>

#include "actors/bridge/emit_publisher.hpp"
#include "actors/cluster_port.hpp"
#include "actors/local_sockets.hpp"

namespace pushmesh::actors {

namespace {

std::uint64_t random_start() {
  std::random_device random;
  return std::uint64_t(random()) << 32 | random();
}

}  // namespace

node_core::node_core(actor_options options)
    : options_(std::move(options)), offsets_(random_start()) {
  namespaces_.declare("/");
  if (options_.recovery.enabled()) routes_.number_requests_from(random_start() >> 12);
}

node_core::~node_core() = default;

void node_core::set_cluster(std::unique_ptr<cluster_port> port) {
  cluster_ = std::move(port);
}

void node_core::set_publisher(std::unique_ptr<emit_publisher> p) {
  publisher_ = std::move(p);
}

void node_core::add_shard(std::unique_ptr<shard> s, std::unique_ptr<local_sockets> sockets) {
  shards_.push_back(std::move(s));
  sockets_.push_back(std::move(sockets));
}

bool node_core::is_local_id(std::string_view name) const noexcept {
  const auto id = socket_id::parse(name);
  return id && id->tag() == std::string_view(tag_.data(), tag_.size()) &&
         id->shard() < shards_.size();
}

void node_core::adopt(const socket_id& id, std::uint16_t shard) {
  std::unique_lock lock(adopted_mutex_);
  adopted_.insert_or_assign(id, shard);
  adopted_count_ = adopted_.size();
}

void node_core::disown(const socket_id& id, std::uint16_t shard) {
  std::unique_lock lock(adopted_mutex_);
  const auto found = adopted_.find(id);
  if (found == adopted_.end() || found->second != shard) return;
  adopted_.erase(found);
  adopted_count_ = adopted_.size();
}

shard* node_core::shard_of(const socket_id& id) const noexcept {
  if (adopted_count_.load(std::memory_order_relaxed) > 0) {
    std::shared_lock lock(adopted_mutex_);
    if (const auto found = adopted_.find(id); found != adopted_.end())
      return shards_[found->second].get();
  }
  if (id.tag() != std::string_view(tag_.data(), tag_.size())) return nullptr;
  return id.shard() < shards_.size() ? shards_[id.shard()].get() : nullptr;
}

void node_core::check_not_frozen(const char* call) const {
  if (frozen_)
    throw std::logic_error(std::string(call) +
                           ": handlers are registered before the server starts");
}

void node_core::log(log_level level, std::string_view line) const {
  if (options_.log) {
    options_.log(static_cast<int>(level), line);
  } else if (level >= log_level::warn) {
    std::fprintf(stderr, "pushmesh: %.*s\n", static_cast<int>(line.size()), line.data());
  }
}

}  // namespace pushmesh::actors
