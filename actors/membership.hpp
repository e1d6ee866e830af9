#pragma once

#include <any>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "actors/api/ids.hpp"
#include "actors/api/socket.hpp"
#include "actors/room_table.hpp"
#include "net/transport/connection.hpp"

namespace pushmesh::actors {

class session_keeper;
class socket_actor;
struct local_namespace;
struct session;

/// One namespace joined over one connection: what the application sees as a socket. Owned by its
/// socket_actor; lives on that actor's shard.
class membership final : public room_member {
 public:
  enum class state : std::uint8_t { joining, joined, left };

  membership(const socket_id& id, socket_actor& owner, net::connection& link, local_namespace& in)
      : id_(id), owner_(owner), link_(link), nsp_(in) {}

  const socket_id& id() const noexcept { return id_; }
  socket_actor& owner() const noexcept { return owner_; }
  local_namespace& nsp() const noexcept { return nsp_; }
  bool joined() const noexcept { return state_ == state::joined; }
  bool present() const noexcept { return state_ != state::left; }
  /// Queues a frame on its connection; nothing once it left.
  void deliver(const net::frame_ref& f) {
    if (present()) link_.send(f);
  }

  /// What only some sockets have; made when first used.
  struct extras {
    std::any data;
    std::string auth;  // raw JSON
    std::string user;
    std::unordered_map<std::string, event_handler, string_hash, std::equal_to<>> handlers;
    std::vector<std::uint64_t> owed_acks;
    struct watcher {
      std::uint64_t id;
      std::function<void()> gone;
    };
    std::vector<watcher> watchers;
  };
  extras& extra() {
    if (!extras_) extras_ = std::make_unique<extras>();
    return *extras_;
  }
  const extras* extra_if_any() const noexcept { return extras_.get(); }
  /// It came back under its old id.
  bool recovered() const noexcept { return recovered_; }

 private:
  friend class socket_actor;
  friend class local_sockets;
  friend class session_keeper;
  socket_id id_;
  state state_ = state::joining;
  bool left_own_room_ = false;
  bool leaving_ = false;  // its disconnecting handlers run or ran
  bool recovered_ = false;
  std::uint16_t next_middleware_ = 0;
  std::uint32_t position_ = 0;  // in local_namespace::members
  socket_actor& owner_;
  net::connection& link_;
  local_namespace& nsp_;
  session* session_ = nullptr;     // with recovery: what it may come back as
  std::uint64_t last_offset_ = 0;  // of the last packet that was queued for it
  std::unique_ptr<extras> extras_;
  std::unique_ptr<membership> sibling_;  // next one of the same connection
};

}  // namespace pushmesh::actors
