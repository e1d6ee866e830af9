#include "net/transport/engineio_session.hpp"

#include <array>
#include <string>
#include <utility>

#include "net/protocol/engineio_packet.hpp"
#include "net/transport/io_loop.hpp"

namespace pushmesh::net {
namespace {

// In front of a binary message of protocol 3.
constexpr char binary_message = '\x04';

// The answer to the upgrade and the open packet as one piece, so that they go out in one write.
frame_ref first_bytes(std::string_view response, std::string_view packet) {
  std::array<char, max_ws_header> head;
  const auto head_size = write_ws_header(head.data(), ws_opcode::text, packet.size());
  std::string bytes;
  bytes.reserve(response.size() + head_size + packet.size());
  bytes.append(response).append(head.data(), head_size).append(packet);
  return make_raw_frame(bytes);
}

// Timers are up to a tick late. A heartbeat had better be as much early: clients count from what
// the open packet announced.
std::chrono::milliseconds less_a_tick(const io_loop& loop, std::chrono::milliseconds delay) {
  const auto tick = loop.timers().tick();
  return delay > tick ? delay - tick : delay;
}

}  // namespace

std::string engineio_session::open_packet_of(const transport_options& options, std::string_view sid,
                                             std::span<const std::string_view> upgrades) {
  return encode_open_packet({.sid = sid,
                             .upgrades = upgrades,
                             .ping_interval = options.ping_interval,
                             .ping_timeout = options.ping_timeout,
                             .max_payload = options.limits.max_payload});
}

void engineio_session::open(io_loop& loop, upgraded from) {
  const websocket_connection::ref transport(new websocket_connection(loop, std::move(from.stream)));
  const auto sid = loop.hooks().new_session_id();
  const std::string_view id{sid.data(), sid.size()};
  transport->send_control(first_bytes(from.response, open_packet_of(loop.options(), id, {})));

  auto owned = std::make_unique<engineio_session>(transport, from.request.version);
  auto* session = owned.get();
  auto& handler =
      loop.hooks().on_session(std::move(owned), id, std::move(from.about), from.request);
  if (transport->attached()) session->serve(handler);
  transport->start(from.already_read);
}

engineio_session::engineio_session(io_loop& loop, std::uint8_t version)
    : timer_node(&engineio_session::on_timer), version_(version) {
  static_assert(sizeof(engineio_session) <= 80, "one per idle connection");
  loop.counters().connections.add();
  expect_heartbeat(loop);
}

engineio_session::engineio_session(websocket_connection::ref transport, std::uint8_t version)
    : engineio_session(transport->loop(), version) {
  take_over(std::move(transport));
}

engineio_session::~engineio_session() {
  if (!transport_) return;
  transport_->loop().counters().connections.add(-1);
  transport_->detach();
  transport_->close(close_reason::forced_close);
}

void engineio_session::take_over(websocket_connection::ref transport) {
  transport_ = std::move(transport);
  transport_->attach(*this);
}

void engineio_session::send(frame_ref f) {
  transport_->send(version_ == 4 ? std::move(f) : engineio3_form(f));
}

void engineio_session::send_control(frame_ref f) {
  transport_->send_control(version_ == 4 ? std::move(f) : engineio3_form(f));
}

void engineio_session::close(close_reason reason) {
  cancel();
  transport_->close(reason);
}

void engineio_session::on_packet(std::string_view text) {
  const auto packet = parse_engineio_packet(text);
  if (!packet) return close(close_reason::parse_error);
  switch (packet->type) {
    case engineio_type::message:
      loop().counters().messages_in.add();
      return handler_->on_text(packet->data);
    case engineio_type::ping:
    case engineio_type::pong:
      return on_heartbeat(packet->type);
    case engineio_type::close:
      return close(close_reason::transport_close);
    case engineio_type::open:
    case engineio_type::upgrade:
    case engineio_type::noop:
      return;  // the official server ignores them as well
  }
}

// In protocol 4 the server pings, in protocol 3 the client does.
void engineio_session::on_heartbeat(engineio_type type) {
  if (type != (version_ == 4 ? engineio_type::pong : engineio_type::ping))
    return close(close_reason::parse_error);
  if (version_ == 3) send_control(make_frame(ws_opcode::text, {"3"}));
  expect_heartbeat(loop());
}

void engineio_session::on_message(std::string_view bytes) {
  loop().counters().messages_in.add();
  handler_->on_binary(bytes);
}

void engineio_session::on_ws_binary(std::string_view bytes) {
  if (version_ == 4) return on_message(bytes);
  if (!bytes.starts_with(binary_message)) return close(close_reason::parse_error);
  on_message(bytes.substr(1));
}

void engineio_session::ended(close_reason reason) {
  cancel();
  handler_->on_closed(reason);
}

void engineio_session::expect_heartbeat(io_loop& loop) {
  waits_for_pong_ = false;
  const auto& options = loop.options();
  auto delay = options.ping_interval;
  if (version_ == 3) delay += options.ping_timeout;
  loop.timers().arm(*this, loop.now(), less_a_tick(loop, delay));
}

void engineio_session::on_timer(timer_node& node) {
  auto& self = static_cast<engineio_session&>(node);
  if (self.waits_for_pong_ || self.version_ == 3) return self.close(close_reason::ping_timeout);
  self.waits_for_pong_ = true;
  auto& loop = self.loop();
  self.send_control(loop.ping_frame());
  loop.timers().arm(self, loop.now(), less_a_tick(loop, loop.options().ping_timeout));
}

}  // namespace pushmesh::net
