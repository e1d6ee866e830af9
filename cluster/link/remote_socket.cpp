#include "cluster/link/remote_socket.hpp"

#include <algorithm>
#include <caf/actor_cast.hpp>
#include <caf/exit_reason.hpp>
#include <caf/sec.hpp>
#include <caf/send.hpp>
#include <chrono>
#include <utility>

#include "actors/node_core.hpp"
#include "cluster/link/mesh.hpp"
#include "cluster/link/wire_address.hpp"
#include "net/protocol/socketio_codec.hpp"

namespace pushmesh::cluster {

namespace {

using actors::socket_ack;
using actors::socket_description;
using actors::socket_done;

/// Requests one stand-in waits for. More are turned away: whoever asks so much does not wait.
constexpr std::size_t max_requests = 10'000;
/// How long the other node may take, beyond what a client is given.
constexpr auto reply_grace = std::chrono::seconds(2);
constexpr auto patience = std::chrono::seconds(5);

socket_ack message_of(ack_result r) {
  socket_ack m;
  auto outcome = socket_ack::outcome::acked;
  if (!r.acked.empty())
    m.args = std::move(r.acked.front().args);
  else if (r.overloaded)
    outcome = socket_ack::outcome::overloaded;
  else
    outcome = r.timed_out.empty() ? socket_ack::outcome::left : socket_ack::outcome::timed_out;
  m.result = static_cast<std::uint8_t>(outcome);
  return m;
}

}  // namespace

remote_socket::remote_socket(caf::actor_config& cfg, setup s)
    : guarded_actor(cfg), setup_(std::move(s)) {
  only_it_.nsp = setup_.nsp;
  only_it_.everybody = false;
  only_it_.rooms.push_back(setup_.id.str());
}

remote_socket::~remote_socket() = default;

caf::behavior remote_socket::make_behavior() {
  using namespace actors;
  const auto no_receiver = [] { return caf::make_error(caf::sec::request_receiver_down); };
  set_default_handler([](caf::scheduled_actor*, caf::message_view&) -> caf::result<caf::message> {
    return caf::sec::unexpected_message;
  });
  // As for a socket of this node: the connection is closed.
  set_exit_handler([this](caf::exit_msg& x) {
    send_item(wire_v1::disconnect{on_wire(only_it_), true});
    quit(std::move(x.reason));
  });
  watch();
  return {
      [this](const socket_emit& x) { emit(x); },
      [=, this](const socket_emit_with_ack& x) -> caf::result<socket_ack> {
        if (!accepts(x.nsp)) return no_receiver();
        return ask(x);
      },
      [=, this](const socket_join& x) -> caf::result<socket_done> {
        if (!accepts(x.nsp)) return no_receiver();
        return carry_out(wire_v1::rooms_join{on_wire(only_it_), x.rooms}, pending::kind::done);
      },
      [=, this](const socket_leave& x) -> caf::result<socket_done> {
        if (!accepts(x.nsp)) return no_receiver();
        return carry_out(wire_v1::rooms_leave{on_wire(only_it_), x.rooms}, pending::kind::done);
      },
      [=, this](const socket_disconnect& x) -> caf::result<socket_done> {
        if (!accepts(x.nsp)) return no_receiver();
        return carry_out(wire_v1::disconnect{on_wire(only_it_), x.close},
                         pending::kind::done_or_gone);
      },
      [=, this](const socket_info_request& x) -> caf::result<socket_description> {
        if (!accepts(x.nsp)) return no_receiver();
        return fetch<socket_description>(pending::kind::info);
      },
      [this](remote_socket_ack& x) { answered(x.request, std::move(x.result)); },
      [this](const remote_socket_fetched& x) { answered(x.request, x.result); },
      [this](const remote_socket_gone&) { gone(); },
  };
}

void remote_socket::watch() {
  watch_ = setup_.core->routes().next_request_id();
  // Weak: nobody who only waits keeps the stand-in alive.
  auto told = [self = caf::actor_cast<caf::actor_addr>(this)] {
    if (const auto strong = caf::actor_cast<caf::actor>(self))
      caf::anon_send(strong, remote_socket_gone{});
  };
  setup_.links->watches().add(watch_, setup_.peer->link, told);
  if (!send_item(wire_v1::watch{{watch_}, setup_.id})) told();
}

/// Answers to what was asked before may be on their way: they were sent after the news.
void remote_socket::gone() {
  gone_ = true;
  end_if_idle();
}

void remote_socket::end_if_idle() {
  if (!gone_ || !requests_.empty()) return;
  const auto lost = setup_.peer->outbox->is_closed();
  quit(lost ? caf::error(caf::exit_reason::remote_link_unreachable) : caf::error());
}

void remote_socket::on_exit() {
  if (!setup_.core) return;
  if (setup_.links->watches().remove(watch_)) send_item(wire_v1::unwatch{{watch_}});
  for (auto& [id, r] : requests_)
    r.promise.deliver(caf::make_error(caf::sec::request_receiver_down));
  requests_.clear();
  if (setup_.on_end) setup_.on_end();
  setup_ = {};
}

template <class Item>
bool remote_socket::send_item(const Item& item) {
  return setup_.peer->outbox->send(item) == push_result::accepted;
}

void remote_socket::emit(const actors::socket_emit& x) {
  if (!accepts(x.nsp) || net::is_reserved_event(x.event)) return;
  send_item(wire_v1::emit{on_wire(only_it_), x.event, x.args.json, {}, blobs_of(x.args)});
}

caf::result<socket_ack> remote_socket::ask(const actors::socket_emit_with_ack& x) {
  if (net::is_reserved_event(x.event)) return caf::make_error(caf::sec::invalid_argument);
  if (requests_.size() >= max_requests) return message_of({{}, {}, {}, {}, true});
  auto& routes = setup_.core->routes();
  const auto id = routes.next_request_id();
  const std::chrono::milliseconds timeout(x.timeout_ms);
  const auto into = std::make_shared<actors::ack_collector>(
      routes.here().home_of_caller(), [id, self = caf::actor_cast<caf::actor>(this)](ack_result r) {
        caf::anon_send(self, remote_socket_ack{id, std::move(r)});
      });
  requests_[id] = {make_response_promise(), pending::kind::ack};
  auto& acks = setup_.links->acks();
  const wire_v1::ack_request wanted{{id}, timeout, false};
  if (acks.add(id, into, {setup_.peer}, mesh::clock::now() + timeout + reply_grace) &&
      !send_item(wire_v1::emit{on_wire(only_it_), x.event, x.args.json, wanted, blobs_of(x.args)}))
    acks.fail(id, *setup_.peer);
  into->launched();
  return caf::delegated<socket_ack>();
}

// The other node answers a fetch behind what came before, so its answer tells that it was done.
template <class Result>
caf::result<Result> remote_socket::fetch(pending::kind wants) {
  if (requests_.size() >= max_requests)
    return caf::make_error(caf::sec::runtime_error, "too many requests to one socket");
  auto& routes = setup_.core->routes();
  const auto id = routes.next_request_id();
  const auto into = std::make_shared<actors::fetch_collector>(
      routes.here().home_of_caller(),
      [id, self = caf::actor_cast<caf::actor>(this)](fetch_result r) {
        caf::anon_send(self, remote_socket_fetched{id, std::move(r)});
      });
  requests_[id] = {make_response_promise(), wants};
  auto& fetches = setup_.links->fetches();
  if (fetches.add(id, into, {setup_.peer}, mesh::clock::now() + patience) &&
      !send_item(wire_v1::fetch_request{{id}, on_wire(only_it_)}))
    fetches.fail(id, *setup_.peer);
  into->launched();
  return caf::delegated<Result>();
}

template <class Item>
caf::result<socket_done> remote_socket::carry_out(const Item& order, pending::kind wants) {
  if (!send_item(order))
    return caf::make_error(caf::sec::runtime_error, "too much waits for the socket's node");
  return fetch<socket_done>(wants);
}

caf::error remote_socket::unanswered() const {
  const auto lost = setup_.peer->outbox->is_closed();
  return caf::make_error(lost ? caf::sec::request_receiver_down : caf::sec::request_timeout);
}

std::optional<remote_socket::pending> remote_socket::take(std::uint64_t request) {
  auto node = requests_.extract(request);
  return node ? std::optional(std::move(node.mapped())) : std::nullopt;
}

void remote_socket::answered(std::uint64_t request, ack_result r) {
  auto asked = take(request);
  if (!asked) return;
  if (r.nodes_missing.empty())
    asked->promise.deliver(message_of(std::move(r)));
  else
    asked->promise.deliver(unanswered());
  end_if_idle();
}

void remote_socket::answered(std::uint64_t request, const fetch_result& r) {
  auto asked = take(request);
  if (!asked) return;
  auto& promise = asked->promise;
  // Others may have joined a room of its name.
  const auto it = std::find_if(r.sockets.begin(), r.sockets.end(),
                               [this](const socket_info& s) { return s.id == setup_.id; });
  if (!r.nodes_missing.empty())
    promise.deliver(unanswered());
  else if (asked->wants == pending::kind::done_or_gone)
    promise.deliver(socket_done{});
  else if (it == r.sockets.end())
    promise.deliver(caf::make_error(caf::sec::request_receiver_down));
  else if (asked->wants == pending::kind::done)
    promise.deliver(socket_done{});
  else
    promise.deliver(socket_description{1, it->id.str(), it->nsp, it->user, it->address, it->rooms});
  end_if_idle();
}

}  // namespace pushmesh::cluster
