#include "net/transport/relay/edge_relay.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "net/transport/io_loop.hpp"
#include "net/transport/relay/session_relay.hpp"

namespace pushmesh::net {
namespace {

// What a client takes from the opening of its WebSocket to the end of the upgrade: some round
// trips.
constexpr auto longest_probe = std::chrono::seconds(1);

}  // namespace

// ---- polling ------------------------------------------------------------------------------------

void edge_relay::forward(const relay_outlet_ref& to, polling_request request) {
  using enum polling_request::kind;
  const auto number = relay_number(loop_.hooks().index, request.from.number);
  const bool waits = request.what == get || request.what == post || request.what == other;
  if (waits && to->crowded()) {
    to->send(relayed_request{number, request.sid, withdrawn});  // if it was announced
    return answer(loop_, request.from, {503, "text/plain; charset=UTF-8", "Service Unavailable"});
  }
  if (waits) {
    loop_.counters().relayed_requests.add();
    exchanges_[number] = {to, request.sid, request.what == get};
  }
  if (request.what == gone || request.what == withdrawn) exchanges_.erase(number);
  if (!to->send(relayed_request{number, request.sid, request.what, request.is_binary,
                                std::move(request.body)}))
    return refuse(number, errc::bad_request);
  relay_.watch(*to);
  if (request.what == get && loop_.closes_idle_connections()) release(number, exchanges_[number]);
}

void edge_relay::release(std::uint64_t number, const exchange& e) {
  e.to->send(relayed_request{number, e.sid, polling_request::kind::hurry});
  relay_.watch(*e.to);
}

void edge_relay::take(relayed_answer given) {
  if (exchanges_.erase(given.exchange) == 0) return;
  answer(loop_, {&loop_, given.exchange >> 12}, std::move(given.answer));
}

void edge_relay::refuse(std::uint64_t number, errc why) {
  if (exchanges_.erase(number) == 0) return;
  net::refuse(loop_, polling_request{{}, polling_request::kind::get, {&loop_, number >> 12}}, why);
}

void edge_relay::release_polls() {
  for (const auto& [number, e] : exchanges_)
    if (e.is_poll) release(number, e);
}

// ---- tunnels ------------------------------------------------------------------------------------

void edge_relay::forward(const relay_outlet_ref& to, std::uint16_t home, session_upgrade request) {
  // Nothing that begins now would last: the client polls on.
  if (loop_.closes_idle_connections()) return request.stream->close();
  const auto number = relay_number(loop_.hooks().index, ++last_tunnel_);
  const edge_tunnel::ref tunnel(new edge_tunnel(loop_, *this, to, {tunnel_place::side::home, home},
                                                number, std::move(request.stream)));
  tunnels_.emplace(number, tunnel);
  loop_.counters().tunnels.add();
  to->send(tunnel_open{number, request.sid, std::move(request.response),
                       std::move(request.already_read)});
  relay_.watch(*to);
  tunnel->start();
}

void edge_relay::take(const tunnel_data& data) {
  const auto bytes = make_raw_frame(data.bytes);
  for (const auto number : data.tunnels)
    if (const auto found = tunnels_.find(number); found != tunnels_.end())
      found->second->send(bytes);
}

void edge_relay::take(const tunnel_credit& credit) {
  for (const auto& grant : credit.grants)
    if (const auto found = tunnels_.find(grant.tunnel); found != tunnels_.end())
      found->second->grant(grant.bytes);
}

void edge_relay::take(const tunnel_end& end) {
  if (const auto found = tunnels_.find(end.tunnel); found != tunnels_.end())
    edge_tunnel::ref(found->second)->end(end.what);
}

// In a copy: each may end, and be forgotten.
template <class Tunnels, class F>
void edge_relay::for_each(const Tunnels& tunnels, F f) {
  std::vector<edge_tunnel::ref> all;
  for (const auto& [number, tunnel] : tunnels) all.push_back(tunnel);
  for (const auto& tunnel : all) f(*tunnel);
}

void edge_relay::lost(std::uint64_t link) {
  std::vector<std::uint64_t> waiting;
  for (const auto& [number, e] : exchanges_)
    if (e.to->link_id() == link) waiting.push_back(number);
  for (const auto number : waiting) refuse(number, errc::session_unknown);
  for_each(tunnels_, [link](edge_tunnel& t) {
    if (t.link() == link) t.cut();
  });
}

void edge_relay::unblocked(std::uint64_t link) {
  for_each(tunnels_, [link](edge_tunnel& t) {
    if (t.link() == link) t.unblocked();
  });
}

bool edge_relay::has_probing_tunnels() const noexcept {
  const auto recent = loop_.now() - longest_probe;
  return std::any_of(tunnels_.begin(), tunnels_.end(),
                     [recent](auto& t) { return t.second->began() > recent; });
}

void edge_relay::close_tunnels() {
  for_each(tunnels_, [](edge_tunnel& t) { t.say_goodbye(); });
}

void edge_relay::cut_tunnels() {
  for_each(tunnels_, [](edge_tunnel& t) { t.cut(); });
}

void edge_relay::relieve_budget() {
  std::vector<edge_tunnel::ref> unread;
  for (const auto& [number, tunnel] : tunnels_)
    if (tunnel->queued_bytes() > 0) unread.push_back(tunnel);
  std::sort(unread.begin(), unread.end(),
            [](auto& a, auto& b) { return a->queued_bytes() > b->queued_bytes(); });
  for (const auto& tunnel : unread) {
    if (loop_.budget().current() != outbound_budget::level::full) return;
    loop_.counters().overload_closed.add();
    tunnel->cut();
  }
}

void edge_relay::forget(std::uint64_t tunnel) noexcept {
  if (tunnels_.erase(tunnel) > 0) loop_.counters().tunnels.add(-1);
}

void edge_relay::watch(relay_outlet& to) {
  relay_.watch(to);
}

}  // namespace pushmesh::net
