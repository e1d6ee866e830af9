#include "net/transport/polling_session.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "net/protocol/engineio_packet.hpp"
#include "net/transport/io_loop.hpp"
#include "net/transport/upgrade_probe.hpp"

namespace pushmesh::net {

session_key polling_session::open(io_loop& loop, exchange_id handshake,
                                  const engineio_request& request, net::handshake about) {
  static constexpr std::array<std::string_view, 1> upgrades{"websocket"};
  const auto sid = loop.hooks().new_session_id();
  const polling_connection::ref polling(new polling_connection(loop, sid, request, handshake));
  polling->send_control(
      make_frame(ws_opcode::text, {open_packet_of(loop.options(), view(sid), upgrades)}));
  auto owned = std::make_unique<polling_session>(polling, request);
  auto* const session = owned.get();
  auto& handler = loop.hooks().on_session(std::move(owned), view(sid), std::move(about), request);
  if (polling->attached()) session->serve(handler);
  return sid;
}

polling_session::polling_session(polling_connection::ref polling, const engineio_request& request)
    : engineio_session(polling->loop(), request.version), polling_(std::move(polling)) {
  polling_->attach(*this);
}

polling_session::~polling_session() {
  probe_.reset();
  if (!polling_) return;
  polling_->loop().counters().connections.add(-1);
  polling_->detach();
  polling_->close(close_reason::forced_close);
}

void polling_session::send(frame_ref f) {
  if (!polling_) return engineio_session::send(std::move(f));
  polling_->send(std::move(f));
}

void polling_session::send_control(frame_ref f) {
  if (!polling_) return engineio_session::send_control(std::move(f));
  polling_->send_control(std::move(f));
}

void polling_session::close(close_reason reason) {
  if (!polling_) return engineio_session::close(reason);
  stop_heartbeat();
  end_probe();
  polling_->close(reason);
}

bool polling_session::writable() const noexcept {
  return polling_ ? polling_->writable() : engineio_session::writable();
}
std::size_t polling_session::queued_bytes() const noexcept {
  return polling_ ? polling_->queued_bytes() : engineio_session::queued_bytes();
}
transport_kind polling_session::transport() const noexcept {
  return polling_ ? transport_kind::polling : transport_kind::websocket;
}
io_loop& polling_session::loop() const noexcept {
  return polling_ ? polling_->loop() : engineio_session::loop();
}

void polling_session::on_upgrade_request(session_upgrade request) {
  if (probe_) return upgrade_probe::turn_away(loop(), std::move(request));
  probe_ = std::make_unique<upgrade_probe>(*this, std::move(request));
  probe_->start();
}

void polling_session::end_probe() noexcept {
  const auto gone = std::move(probe_);
}

void polling_session::switch_to(websocket_connection::ref transport) {
  const auto done = std::move(probe_);
  const auto polling = std::exchange(polling_, nullptr);
  take_over(std::move(transport));
  place_ =
      polling->hand_over([this](frame_ref f) { engineio_session::send_control(std::move(f)); });
}

void polling_session::on_poll_closed(close_reason reason) {
  end_probe();
  ended(reason);
}

}  // namespace pushmesh::net
