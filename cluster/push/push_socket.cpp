#include "cluster/push/push_socket.hpp"

#include <algorithm>
#include <any>

#include "actors/shard.hpp"

namespace pushmesh::cluster::push {

using namespace std::chrono_literals;

namespace {

using holder = std::shared_ptr<push_socket>;  // std::any wants to copy

}  // namespace

push_socket* push_socket::of(socket& s) {
  const auto* const held = std::any_cast<holder>(&s.data());
  return held ? held->get() : nullptr;
}

push_socket& push_socket::make(socket& s, due on_due) {
  auto made = std::make_shared<push_socket>(s, std::move(on_due));
  s.data() = made;
  return *made;
}

void push_socket::arm(std::chrono::milliseconds delay) {
  auto& loop = actors::shard::current()->loop();
  loop.timers().arm(timer_, loop.now(), std::clamp<std::chrono::milliseconds>(delay, 0ms, 1h));
}

void push_socket::timer::run(net::timer_node& n) {
  const auto& self = static_cast<timer&>(n).of;
  self.self_.post(self.on_due_);
}

}  // namespace pushmesh::cluster::push
