// The CAF side of a socket_actor: messages from other actors.
#include <caf/message_handler.hpp>
#include <caf/response_promise.hpp>
#include <caf/sec.hpp>

#include "actors/local_sockets.hpp"
#include "actors/messages/socket_messages.hpp"
#include "actors/node_core.hpp"
#include "actors/socket_actor.hpp"

namespace pushmesh::actors {

namespace {

socket_ack to_message(ack_result r) {
  socket_ack m;
  auto outcome = socket_ack::outcome::acked;
  if (!r.acked.empty())
    m.args = std::move(r.acked.front().args);
  else if (!r.timed_out.empty())
    outcome = socket_ack::outcome::timed_out;
  else
    outcome = r.overloaded ? socket_ack::outcome::overloaded : socket_ack::outcome::left;
  m.result = static_cast<std::uint8_t>(outcome);
  return m;
}

address only(const membership& m) {
  address to;
  to.nsp = m.nsp().name();
  to.handlers = &m.nsp().shared->handlers();
  to.everybody = false;
  to.local = true;
  to.rooms.push_back(m.id().str());
  return to;
}

template <class T>
bool is_emit_of_reserved(const T& message) {
  if constexpr (requires { message.event; }) return net::is_reserved_event(message.event);
  return false;
}

}  // namespace

void socket_actor::on_message(caf::mailbox_element& element) {
  const auto& content = element.content();
  const auto refuse = [this](caf::sec why) {
    make_response_promise().deliver(caf::make_error(why));
  };
  // Calls act(message, membership) when `content` is a T for a namespace that was joined.
  const auto accept = [&]<class T>(const T*, auto&& act) {
    if (!content.match_elements<T>()) return false;
    const auto& message = content.template get_as<T>(0);
    auto* const m = in_namespace(message.nsp);
    if (!m || !m->joined())
      refuse(caf::sec::request_receiver_down);
    else if (is_emit_of_reserved(message))
      refuse(caf::sec::invalid_argument);
    else
      act(message, *m);
    return true;
  };
  const auto done = [this] { make_response_promise().deliver(socket_done{}); };

  const bool known =
      accept((socket_emit*)nullptr,
             [&](auto& x, membership& m) { sockets_.emit_to(m, only(m), x.event, x.args); }) ||
      accept((socket_emit_with_ack*)nullptr,
             [&](auto& x, membership& m) {
               auto promise = make_response_promise();
               sockets_.core().routes().emit_with_ack(
                   only(m), x.event, x.args, {std::chrono::milliseconds(x.timeout_ms)},
                   [promise](ack_result r) mutable { promise.deliver(to_message(std::move(r))); });
             }) ||
      accept((socket_join*)nullptr,
             [&](auto& x, membership& m) {
               for (const auto& room : x.rooms) sockets_.join(m, room);
               done();
             }) ||
      accept((socket_leave*)nullptr,
             [&](auto& x, membership& m) {
               for (const auto& room : x.rooms) sockets_.leave(m, room);
               done();
             }) ||
      accept((socket_disconnect*)nullptr,
             [&](auto& x, membership& m) {
               disconnect(m, x.close);
               done();
             }) ||
      accept((socket_info_request*)nullptr, [&](auto&, membership& m) {
        const auto info = describe(m);
        make_response_promise().deliver(
            socket_description{1, info.id.str(), info.nsp, info.user, info.address, info.rooms});
      });
  if (!known) refuse(caf::sec::unexpected_message);
}

}  // namespace pushmesh::actors
