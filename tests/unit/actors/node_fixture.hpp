#pragma once

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "actors/local_sockets.hpp"
#include "actors/messages/shard_messages.hpp"
#include "actors/messages/socket_messages.hpp"
#include "actors/node_core.hpp"
#include "actors/shard.hpp"
#include "actors/shard_actor.hpp"
#include "actors/socket_actor.hpp"
#include "net/transport/outbound_budget.hpp"

namespace pushmesh::test {

/// A connection without a descriptor: records what the actor sends. What it records is read and
/// written on the shard's thread only (node_fixture::on_shard).
class recorded_connection final : public net::connection {
 public:
  struct record {
    std::vector<std::string> sent;  // payloads of the frames
    std::vector<close_reason> closes;
    bool destroyed = false;
  };
  explicit recorded_connection(std::shared_ptr<record> r) : r_(std::move(r)) {}
  ~recorded_connection() override { r_->destroyed = true; }
  void send(net::frame_ref f) override {
    const auto bytes = f->bytes();
    const auto length = static_cast<unsigned char>(bytes[1]);
    r_->sent.emplace_back(bytes.substr(length < 126 ? 2 : 4));
  }
  void close(close_reason reason) override { r_->closes.push_back(reason); }
  bool writable() const noexcept override { return true; }
  std::size_t queued_bytes() const noexcept override { return 0; }
  net::transport_kind transport() const noexcept override { return net::transport_kind::websocket; }

 private:
  std::shared_ptr<record> r_;
};

/// A node of real shards and actors, without listeners.
class node_fixture {
 public:
  explicit node_fixture(unsigned shards = 1, actors::actor_options options = {})
      : core(std::make_shared<actors::node_core>(std::move(options))), system(config) {
    for (unsigned i = 0; i < shards; ++i) {
      auto s = std::make_unique<actors::shard>(system, static_cast<std::uint16_t>(i), transport,
                                               budget, net::loop_hooks{});
      auto sockets = std::make_unique<actors::local_sockets>(*core, *s);
      shard_actors.push_back(actors::spawn_on<actors::shard_actor>(*s, *sockets));
      core->add_shard(std::move(s), std::move(sockets));
    }
  }

  void start() {
    core->freeze();
    for (const auto& s : core->shards()) s->start();
  }

  ~node_fixture() {
    for (const auto& handle : open_) {
      auto& a = actors::object_of<actors::socket_actor>(handle);
      on_shard(a.sockets().home().index(),
               [&] { a.on_closed(close_reason::server_shutting_down); });
    }
    open_.clear();
    for (const auto& a : shard_actors) caf::anon_send(a, actors::shard_stop{});
    shard_actors.clear();
    for (const auto& s : core->shards()) s->stop();
  }

  struct client {
    caf::actor handle;
    std::shared_ptr<recorded_connection::record> record;
    unsigned shard;
    actors::socket_actor& actor() const { return actors::object_of<actors::socket_actor>(handle); }
  };

  /// Opens a connection; nothing is joined yet.
  client connect(unsigned shard = 0) {
    client c;
    c.shard = shard;
    c.record = std::make_shared<recorded_connection::record>();
    on_shard(shard, [&] {
      auto& s = *core->shards()[shard];
      auto& sockets = core->sockets_of(s);
      c.handle = actors::spawn_on<actors::socket_actor>(
          s, sockets, std::make_unique<recorded_connection>(c.record), net::handshake{}, 4);
      sockets.add_connection(c.actor(), caf::actor_cast<caf::strong_actor_ptr>(c.handle));
      open_.push_back(c.handle);
    });
    return c;
  }

  /// Opens a connection and joins a namespace.
  client join(std::string nsp = "/", unsigned shard = 0) {
    auto c = connect(shard);
    text(c, nsp == "/" ? "0" : "0" + nsp + ",");
    return c;
  }

  void text(const client& c, std::string packet) {
    on_shard(c.shard, [&] { c.actor().on_text(packet); });
  }
  void close(const client& c, close_reason reason = close_reason::transport_close) {
    on_shard(c.shard, [&] { c.actor().on_closed(reason); });
  }
  std::vector<std::string> sent(const client& c) {
    return on_shard(c.shard, [&] { return c.record->sent; });
  }
  std::string id_of(const client& c, std::string nsp = "/") {
    return on_shard(c.shard, [&] {
      auto* m = c.actor().in_namespace(nsp);
      return m ? m->id().str() : std::string();
    });
  }

  /// Runs `f` on a shard's thread and returns what it returns.
  template <class F>
  auto on_shard(unsigned shard, F f) -> decltype(f()) {
    std::packaged_task<decltype(f())()> task(std::move(f));
    auto result = task.get_future();
    core->shards()[shard]->post([&task] { task(); });
    return result.get();
  }
  /// Everything that was under way between the shards has arrived.
  void settle() {
    for (int round = 0; round < 3; ++round)
      for (const auto& s : core->shards()) on_shard(s->index(), [] {});
  }

  struct caf_config : caf::actor_system_config {
    caf_config() {
      add_message_types<caf::id_block::pushmesh_actors>();
      set("scheduler.policy", caf::atom("sharing"));
      set("scheduler.max-threads", 1);
    }
  };
  net::transport_options transport;
  net::outbound_budget budget{64 << 20};
  std::shared_ptr<actors::node_core> core;
  caf_config config;
  caf::actor_system system;
  std::vector<caf::actor> shard_actors;

 private:
  std::vector<caf::actor> open_;
};

}  // namespace pushmesh::test
