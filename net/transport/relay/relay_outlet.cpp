#include "net/transport/relay/relay_outlet.hpp"

#include <type_traits>
#include <utility>

namespace pushmesh::net {
namespace {

// More is not gathered: the link may go on with it while the loop flushes others.
constexpr std::size_t max_gathered = 256 * 1024;

std::size_t size_of(const relay_message& message) {
  return sizeof message + std::visit(
                              [](const auto& m) -> std::size_t {
                                using type = std::decay_t<decltype(m)>;
                                if constexpr (std::is_same_v<type, tunnel_data>)
                                  return m.bytes.size() + 8 * m.tunnels.size();
                                if constexpr (std::is_same_v<type, relayed_request>)
                                  return m.body.size();
                                if constexpr (std::is_same_v<type, relayed_answer>)
                                  return m.answer.body.size();
                                if constexpr (std::is_same_v<type, tunnel_open>)
                                  return m.response.size() + m.already_read.size();
                                if constexpr (std::is_same_v<type, tunnel_credit>)
                                  return sizeof(tunnel_grant) * m.grants.size();
                                return 0;
                              },
                              message);
}

}  // namespace

bool relay_outlet::send(relay_message message) {
  if (closed_) return true;
  if (!blocked()) {
    const auto result = link_->send(message);
    if (result != session_link::sent::later) return result == session_link::sent::yes;
  }
  keep(std::move(message));
  return true;
}

void relay_outlet::keep(relay_message message) {
  waiting_bytes_ += size_of(message);
  charge_.set(waiting_bytes_);
  waiting_.push_back(std::move(message));
}

void relay_outlet::write(std::uint64_t tunnel, std::string_view piece) {
  if (closed_) return;
  auto& to = gathered_[loop_of(tunnel)];
  to.add(tunnel, piece);
  if (to.bytes() >= max_gathered) flush();
}

void relay_outlet::flush() {
  for (auto& [loop, gathered] : std::exchange(gathered_, {}))
    for (auto& g : gathered.take())
      send(tunnel_data{{tunnel_place::side::edge, loop}, std::move(g.tunnels), std::move(g.bytes)});
  for (auto& [at, grants] : std::exchange(grants_, {})) send(tunnel_credit{at, std::move(grants)});
}

void relay_outlet::close() {
  closed_ = true;
  gathered_.clear();
  grants_.clear();
  waiting_.clear();
  waiting_bytes_ = 0;
  charge_.set(0);
}

void relay_outlet::retry() {
  while (blocked() && link_->send(waiting_.front()) != session_link::sent::later) {
    waiting_bytes_ -= size_of(waiting_.front());
    waiting_.pop_front();
  }
  charge_.set(waiting_bytes_);
}

}  // namespace pushmesh::net
