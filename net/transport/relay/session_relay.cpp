#include "net/transport/relay/session_relay.hpp"

#include <chrono>
#include <type_traits>
#include <utility>
#include <vector>

#include "net/transport/io_loop.hpp"

namespace pushmesh::net {
namespace {

// How soon a link that had no room is tried again.
constexpr auto retry_time = std::chrono::milliseconds(10);

}  // namespace

session_relay::session_relay(io_loop& loop)
    : timer_node(&session_relay::on_retry), loop_(loop), edge_(loop, *this), home_(loop, *this) {}

const relay_outlet_ref& session_relay::outlet(const session_link_ref& link) {
  auto& o = outlets_[link->id()];
  if (!o) o = std::make_shared<relay_outlet>(link, loop_.budget());
  return o;
}

void session_relay::forward(const session_home& home, session_request request) {
  const auto to = outlet(home.link);
  if (auto* const upgrade = std::get_if<session_upgrade>(&request))
    return edge_.forward(to, home.loop, std::move(*upgrade));
  edge_.forward(to, std::move(std::get<polling_request>(request)));
}

void session_relay::take(const session_link_ref& from, relay_message message) {
  const auto outlet = this->outlet(from);
  std::visit(
      [&](auto& m) {
        using type = std::decay_t<decltype(m)>;
        if constexpr (std::is_same_v<type, relayed_answer>)
          edge_.take(std::move(m));
        else if constexpr (std::is_same_v<type, relayed_request> ||
                           std::is_same_v<type, tunnel_open>)
          home_.take(outlet, std::move(m));
        else if (m.at.to == tunnel_place::side::edge)
          edge_.take(m);
        else
          home_.take(outlet, m);
      },
      message);
  watch(*outlet);
}

void session_relay::lost(std::uint64_t link) {
  const auto found = outlets_.find(link);
  if (found == outlets_.end()) return;
  const auto kept = found->second;
  kept->close();
  edge_.lost(link);
  home_.lost(link);
  outlets_.erase(link);
}

// Nearly all have nothing: they are as many as there are nodes.
void session_relay::flush() {
  if (!std::exchange(gathered_, false)) return;
  for (const auto& [link, o] : outlets_) {
    o->flush();
    retry_later(*o);
  }
}

void session_relay::watch(relay_outlet& to) {
  gathered_ = true;
  retry_later(to);
}

void session_relay::retry_later(const relay_outlet& to) {
  if (to.blocked() && !armed()) loop_.timers().arm(*this, loop_.now(), retry_time);
}

void session_relay::on_retry(timer_node& node) {
  auto& self = static_cast<session_relay&>(node);
  std::vector<std::uint64_t> free;
  for (const auto& [link, o] : self.outlets_) {
    if (!o->blocked()) continue;
    o->retry();
    if (!o->blocked()) free.push_back(link);
  }
  for (const auto link : free) {
    self.edge_.unblocked(link);
    self.home_.unblocked(link);
  }
  for (const auto& [link, o] : self.outlets_) self.retry_later(*o);
}

}  // namespace pushmesh::net
