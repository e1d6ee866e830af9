#include "net/transport/upgrade_probe.hpp"

#include <algorithm>
#include <utility>

#include "net/protocol/engineio_packet.hpp"
#include "net/transport/io_loop.hpp"
#include "net/transport/polling_session.hpp"

namespace pushmesh::net {
namespace {

// As often as the official server: a client that polls again before it reads `3probe` waits no
// longer, and cannot make us spin.
constexpr auto release_period = std::chrono::milliseconds(100);

websocket_connection::ref accept(io_loop& loop, session_upgrade& request) {
  websocket_connection::ref c(new websocket_connection(loop, std::move(request.stream)));
  c->send_control(make_raw_frame(request.response));
  return c;
}

}  // namespace

void upgrade_probe::turn_away(io_loop& loop, session_upgrade request) {
  const auto transport = accept(loop, request);
  transport->close(close_reason::forced_close);
  transport->start(request.already_read);
}

upgrade_probe::upgrade_probe(polling_session& session, session_upgrade request)
    : timer_node(&upgrade_probe::on_timer),
      session_(session),
      transport_(accept(session.loop(), request)),
      already_read_(std::move(request.already_read)) {
  transport_->attach(*this);
  auto& loop = transport_->loop();
  deadline_ = loop.now() + loop.options().upgrade_timeout;
  loop.timers().arm(*this, loop.now(), loop.options().upgrade_timeout);
}

upgrade_probe::~upgrade_probe() {
  if (!transport_) return;
  transport_->detach();
  transport_->close(close_reason::forced_close);
}

void upgrade_probe::start() {
  auto bytes = std::move(already_read_);
  const auto transport = transport_;
  transport->start(bytes);
}

// Nothing of this object may be used after the calls that end it.
void upgrade_probe::on_ws_text(std::string_view text) {
  const auto packet = parse_engineio_packet(text);
  if (packet && packet->type == engineio_type::ping && packet->data == "probe") {
    transport_->send_control(make_frame(ws_opcode::text, {"3probe"}));
    if (!std::exchange(probed_, true)) on_timer(*this);
    return;
  }
  if (packet && packet->type == engineio_type::upgrade)
    return session_.switch_to(std::exchange(transport_, nullptr));
  give_up();
}

void upgrade_probe::on_timer(timer_node& node) {
  auto& self = static_cast<upgrade_probe&>(node);
  auto& loop = self.transport_->loop();
  if (loop.now() >= self.deadline_) return self.give_up();
  self.session_.release_poll();
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(self.deadline_ - loop.now());
  loop.timers().arm(self, loop.now(), std::min<std::chrono::milliseconds>(release_period, left));
}

void upgrade_probe::give_up() {
  session_.end_probe();
}

}  // namespace pushmesh::net
