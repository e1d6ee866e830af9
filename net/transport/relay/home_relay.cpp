#include "net/transport/relay/home_relay.hpp"

#include <limits>
#include <utility>
#include <vector>

#include "net/transport/io_loop.hpp"
#include "net/transport/relay/session_relay.hpp"
#include "net/transport/relay/tunnel_stream.hpp"

namespace pushmesh::net {

/// An HTTP request that waits on another node for its answer.
class home_relay::exchange final : public polling_hub::waiter {
 public:
  exchange(home_relay& relay, const relay_outlet_ref& from, const relayed_request& request)
      : relay_(relay),
        to_(from),
        number_(request.exchange),
        sid(request.sid),
        here(relay.loop_.polling().expect(*this)) {}

  // Nothing of this object is left afterwards.
  void on_answer(polling_answer answer) override {
    auto& relay = relay_;
    const auto keep = to_;
    auto& to = *keep;
    const auto number = number_;
    const auto session = sid;
    relay.exchanges_.erase({to.link_id(), number});
    to.flush();  // what its tunnels were written before
    if (to.send(relayed_answer{number, std::move(answer)})) return;
    // Larger than what travels: the client would miss it.
    to.send(relayed_answer{number, {500, "text/plain", {}}});
    const auto [known, connection] = relay.loop_.polling().sessions().find(session);
    if (connection) connection->close(close_reason::transport_error);
  }

 private:
  home_relay& relay_;
  const relay_outlet_ref to_;
  const std::uint64_t number_;

 public:
  const session_key sid;
  const exchange_id here;
};

home_relay::home_relay(io_loop& loop, session_relay& relay) noexcept : loop_(loop), relay_(relay) {}

home_relay::~home_relay() {
  for (auto& [k, e] : exchanges_) loop_.polling().forget(e->here);
}

home_relay::exchange& home_relay::open(const relay_outlet_ref& from,
                                       const relayed_request& request) {
  auto& e = exchanges_[{from->link_id(), request.exchange}];
  if (!e) e = std::make_unique<exchange>(*this, from, request);
  return *e;
}

void home_relay::take(const relay_outlet_ref& from, relayed_request request) {
  using enum polling_request::kind;
  const bool is_news = request.what == hurry || request.what == gone || request.what == withdrawn;
  const key number{from->link_id(), request.exchange};
  if (is_news && !exchanges_.contains(number)) return;
  if (!is_news && request.what != post_begun) loop_.counters().relayed_served.add();

  const auto here = open(from, request).here;
  const auto pass = [&](polling_request::kind what) {
    loop_.polling().take(
        polling_request{request.sid, what, here, std::move(request.body), request.is_binary});
  };
  if (request.body.size() > loop_.options().limits.max_payload) {
    request.body = {};
    pass(withdrawn);
    return answer(loop_, here, {413, "text/plain; charset=UTF-8", "Content Too Large"});
  }
  pass(request.what);  // may answer, after which the exchange is gone
  if (request.what != gone && request.what != withdrawn) return;
  loop_.polling().forget(here);
  exchanges_.erase(number);
}

void home_relay::take(const relay_outlet_ref& from, tunnel_open request) {
  const key number{from->link_id(), request.tunnel};
  if (tunnels_.contains(number)) return;
  auto stream = std::make_unique<tunnel_stream>(loop_, *this, from, request.tunnel);
  tunnels_.emplace(number, stream.get());
  loop_.polling().take(session_upgrade{request.sid, std::move(stream), std::move(request.response),
                                       std::move(request.already_read)});
}

tunnel_stream* home_relay::find(const relay_outlet& from, std::uint64_t tunnel) const noexcept {
  const auto found = tunnels_.find({from.link_id(), tunnel});
  return found == tunnels_.end() ? nullptr : found->second;
}

void home_relay::take(const relay_outlet_ref& from, const tunnel_data& data) {
  for (const auto number : data.tunnels)
    if (auto* const tunnel = find(*from, number)) tunnel->deliver(data.bytes);
}

void home_relay::take(const relay_outlet_ref& from, const tunnel_credit& credit) {
  for (const auto& grant : credit.grants)
    if (auto* const tunnel = find(*from, grant.tunnel)) tunnel->grant(grant.bytes);
}

void home_relay::take(const relay_outlet_ref& from, const tunnel_end& end) {
  auto* const tunnel = find(*from, end.tunnel);
  if (!tunnel) return;
  end.what == tunnel_end::how::finished ? tunnel->end() : tunnel->lose();
}

void home_relay::lost(std::uint64_t link) {
  const key from{link, 0}, to{link, std::numeric_limits<std::uint64_t>::max()};
  std::vector<std::pair<session_key, exchange_id>> held;
  for (auto e = exchanges_.lower_bound(from); e != exchanges_.end() && e->first <= to; ++e)
    held.emplace_back(e->second->sid, e->second->here);
  exchanges_.erase(exchanges_.lower_bound(from), exchanges_.upper_bound(to));
  for (const auto& [sid, here] : held) {
    loop_.polling().forget(here);
    loop_.polling().take(polling_request{sid, polling_request::kind::gone, here});
  }
  // Each may destroy itself and others.
  for (auto t = tunnels_.lower_bound(from); t != tunnels_.end() && t->first <= to;) {
    const auto at = t->first;
    t->second->lose();
    t = tunnels_.upper_bound(at);
  }
}

void home_relay::unblocked(std::uint64_t link) {
  const key to{link, std::numeric_limits<std::uint64_t>::max()};
  for (auto t = tunnels_.lower_bound({link, 0}); t != tunnels_.end() && t->first <= to;) {
    const auto at = t->first;
    t->second->unblocked();
    t = tunnels_.upper_bound(at);
  }
}

void home_relay::write(relay_outlet& to, std::uint64_t tunnel, std::string_view piece) {
  to.write(tunnel, piece);
  relay_.flush_later(to);
}

void home_relay::end(relay_outlet& to, std::uint64_t tunnel, tunnel_end::how what) {
  to.flush();  // what was written before
  to.send(tunnel_end{edge_of(tunnel), tunnel, what});
}

void home_relay::forget(const tunnel_stream& tunnel) noexcept {
  tunnels_.erase({tunnel.outlet().link_id(), tunnel.number()});
}

}  // namespace pushmesh::net
