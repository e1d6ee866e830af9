#include "net/transport/engineio_session.hpp"

#include <array>
#include <string>
#include <utility>

#include "net/protocol/engineio_packet.hpp"
#include "net/transport/io_loop.hpp"

namespace pushmesh::net {
namespace {

// The answer to the upgrade and the open packet as one piece, so that they go out in one write.
frame_ref first_bytes(const io_loop& loop, std::string_view response, std::string_view sid) {
  const auto& options = loop.options();
  const auto packet = encode_open_packet({.sid = sid,
                                          .upgrades = {},
                                          .ping_interval = options.ping_interval,
                                          .ping_timeout = options.ping_timeout,
                                          .max_payload = options.limits.max_payload});
  std::array<char, max_ws_header> head;
  const auto head_size = write_ws_header(head.data(), ws_opcode::text, packet.size());
  std::string bytes;
  bytes.reserve(response.size() + head_size + packet.size());
  bytes.append(response).append(head.data(), head_size).append(packet);
  return make_raw_frame(bytes);
}

}  // namespace

void engineio_session::open(io_loop& loop, upgraded from) {
  const websocket_connection::ref transport(new websocket_connection(loop, std::move(from.stream)));
  const auto sid = loop.hooks().new_session_id();
  const std::string_view id{sid.data(), sid.size()};
  transport->send_control(first_bytes(loop, from.response, id));

  auto owned = std::make_unique<engineio_session>(transport);
  auto* session = owned.get();
  auto& handler =
      loop.hooks().on_session(std::move(owned), id, std::move(from.about), from.request);
  if (transport->attached()) session->handler_ = &handler;
  transport->start(from.already_read);
}

engineio_session::engineio_session(websocket_connection::ref transport)
    : timer_node(&engineio_session::on_timer), transport_(std::move(transport)) {
  static_assert(sizeof(engineio_session) <= 80, "one per idle connection");
  transport_->attach(*this);
  transport_->loop().counters().connections.add();
  expect_pong_later();
}

engineio_session::~engineio_session() {
  transport_->loop().counters().connections.add(-1);
  transport_->detach();
  transport_->close(close_reason::forced_close);
}

void engineio_session::send(frame_ref f) {
  transport_->send(std::move(f));
}

void engineio_session::close(close_reason reason) {
  cancel();
  transport_->close(reason);
}

void engineio_session::on_ws_text(std::string_view text) {
  const auto packet = parse_engineio_packet(text);
  if (!packet) return close(close_reason::parse_error);
  switch (packet->type) {
    case engineio_type::message:
      transport_->loop().counters().messages_in.add();
      return handler_->on_text(packet->data);
    case engineio_type::pong:
      return expect_pong_later();
    case engineio_type::close:
      return close(close_reason::transport_close);
    case engineio_type::ping:  // the server pings in protocol 4
      return close(close_reason::parse_error);
    case engineio_type::open:
    case engineio_type::upgrade:
    case engineio_type::noop:
      return;  // the official server ignores them as well
  }
}

void engineio_session::on_ws_binary(std::string_view bytes) {
  transport_->loop().counters().messages_in.add();
  handler_->on_binary(bytes);
}

void engineio_session::on_ws_writable() {
  handler_->on_writable();
}

void engineio_session::on_ws_closed(close_reason reason) {
  cancel();
  handler_->on_closed(reason);
}

void engineio_session::expect_pong_later() {
  waits_for_pong_ = false;
  auto& loop = transport_->loop();
  loop.timers().arm(*this, loop.now(), loop.options().ping_interval);
}

void engineio_session::on_timer(timer_node& node) {
  auto& self = static_cast<engineio_session&>(node);
  if (self.waits_for_pong_) return self.close(close_reason::ping_timeout);
  self.waits_for_pong_ = true;
  auto& loop = self.transport_->loop();
  self.transport_->send_control(loop.ping_frame());
  loop.timers().arm(self, loop.now(), loop.options().ping_timeout);
}

}  // namespace pushmesh::net
