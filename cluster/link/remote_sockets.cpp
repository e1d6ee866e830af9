#include "cluster/link/remote_sockets.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <utility>

#include "cluster/link/mesh.hpp"
#include "cluster/link/remote_socket.hpp"

namespace pushmesh::cluster {

caf::actor remote_sockets::of(caf::actor_system& system, const socket_id& id,
                              const std::string& nsp, const peer_ref& peer) {
  caf::actor known_handle;  // goes after the lock: it may be the last one
  std::lock_guard lock(mutex_);
  if (const auto known = stand_ins_.find(id); known != stand_ins_.end()) {
    known_handle = caf::actor_cast<caf::actor>(known->second.handle);
    if (known_handle && known->second.link == peer->link) return known_handle;
  } else if (stand_ins_.size() >= max_) {
    return nullptr;
  }
  const auto number = ++last_;
  remote_socket::setup s;
  s.core = core_;
  s.links = &links_;
  s.peer = peer;
  s.id = id;
  s.nsp = nsp;
  s.on_end = [book = weak_from_this(), id, number] {
    if (const auto strong = book.lock()) strong->ended(id, number);
  };
  // Should it end at once, ended() waits for the lock.
  auto handle = system.spawn<remote_socket, caf::hidden>(std::move(s));
  stand_ins_[id] = {caf::actor_cast<caf::weak_actor_ptr>(handle), peer->link, number};
  return handle;
}

std::size_t remote_sockets::size() const {
  std::lock_guard lock(mutex_);
  return stand_ins_.size();
}

void remote_sockets::ended(const socket_id& id, std::uint64_t number) {
  std::lock_guard lock(mutex_);
  const auto found = stand_ins_.find(id);
  if (found != stand_ins_.end() && found->second.number == number) stand_ins_.erase(found);
}

}  // namespace pushmesh::cluster
