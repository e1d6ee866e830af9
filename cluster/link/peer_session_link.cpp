#include "cluster/link/peer_session_link.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace pushmesh::cluster {

namespace {

using side = net::tunnel_place::side;
static_assert(static_cast<int>(wire_v1::session_verb::withdrawn) ==
              static_cast<int>(net::polling_request::kind::withdrawn));
static_assert(static_cast<int>(wire_v1::tunnel_ending::reset) ==
              static_cast<int>(net::tunnel_end::how::reset));

wire_v1::tunnel_place on_wire(const net::tunnel_place& at) {
  return {at.to == side::edge, at.loop};
}
net::tunnel_place from_wire(const wire_v1::tunnel_place& at) {
  return {at.edge ? side::edge : side::home, at.shard};
}
net::session_key key_of(const socket_id& id) {
  net::session_key key;
  std::ranges::copy(id.view(), key.begin());
  return key;
}

wire_v1::session_request on_wire(const net::relayed_request& m) {
  return {m.exchange, socket_id(m.sid), static_cast<wire_v1::session_verb>(m.what), m.is_binary,
          m.body};
}
wire_v1::session_answer on_wire(const net::relayed_answer& m) {
  return {m.exchange, static_cast<std::uint16_t>(m.answer.status), m.answer.content_type,
          m.answer.body};
}
wire_v1::tunnel_open on_wire(const net::tunnel_open& m) {
  return {m.tunnel, socket_id(m.sid), m.response, m.already_read};
}
wire_v1::tunnel_data on_wire(const net::tunnel_data& m) {
  return {on_wire(m.at),
          {m.tunnels, [](std::uint64_t number) { return wire_v1::tunnel_number{number}; }},
          m.bytes};
}
wire_v1::tunnel_credit on_wire(const net::tunnel_credit& m) {
  return {on_wire(m.at), {m.grants, [](const net::tunnel_grant& g) {
                            return wire_v1::tunnel_grant{g.tunnel, g.bytes};
                          }}};
}
wire_v1::tunnel_end on_wire(const net::tunnel_end& m) {
  return {on_wire(m.at), m.tunnel, static_cast<wire_v1::tunnel_ending>(m.what)};
}

}  // namespace

net::session_link::sent peer_session_link::send(const net::relay_message& message) {
  const auto result =
      std::visit([&](const auto& m) { return peer_->outbox->send(on_wire(m)); }, message);
  switch (result) {
    case push_result::accepted:
      return sent::yes;
    case push_result::full:
      return sent::later;
    case push_result::malformed:
      return sent::never;
  }
  return sent::never;
}

net::relay_message from_wire(const wire_v1::session_request& x) {
  return net::relayed_request{x.exchange, key_of(x.sid),
                              static_cast<net::polling_request::kind>(x.what), x.is_binary,
                              std::string(x.body)};
}

net::relay_message from_wire(const wire_v1::session_answer& x) {
  return net::relayed_answer{x.exchange,
                             {x.status, std::string(x.content_type), std::string(x.body)}};
}

net::relay_message from_wire(const wire_v1::tunnel_open& x) {
  return net::tunnel_open{x.tunnel, key_of(x.sid), std::string(x.response),
                          std::string(x.already_read)};
}

net::relay_message from_wire(const wire_v1::tunnel_data& x) {
  net::tunnel_data m{from_wire(x.at), {}, std::string(x.bytes)};
  m.tunnels.reserve(x.tunnels.size());
  for (const auto& t : x.tunnels) m.tunnels.push_back(t.value);
  return m;
}

net::relay_message from_wire(const wire_v1::tunnel_credit& x) {
  net::tunnel_credit m{from_wire(x.at), {}};
  m.grants.reserve(x.grants.size());
  for (const auto& g : x.grants) m.grants.push_back({g.tunnel, g.bytes});
  return m;
}

net::relay_message from_wire(const wire_v1::tunnel_end& x) {
  return net::tunnel_end{from_wire(x.at), x.tunnel, static_cast<net::tunnel_end::how>(x.how)};
}

}  // namespace pushmesh::cluster
