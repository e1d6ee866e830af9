#include "actors/raw_sessions.hpp"

#include <exception>
#include <string>
#include <utility>

#include "actors/node_core.hpp"
#include "actors/shard.hpp"

namespace pushmesh::actors {

net::connection_handler& raw_sessions::open(std::unique_ptr<net::connection> link,
                                            net::handshake&& request, int protocol,
                                            const engineio_handlers& handlers) {
  auto& s = *all_.emplace_back(std::make_unique<raw_session>(
      *this, std::move(link), std::move(request), protocol, handlers));
  s.position_ = all_.size() - 1;
  s.begin();
  if (core_.shutting_down()) s.link().close(close_reason::server_shutting_down);
  return s;
}

void raw_sessions::close_all(close_reason reason) {
  for (const auto& s : all_) s->link().close(reason);
}

void raw_sessions::remove(raw_session& s) {
  auto& slot = all_[s.position_];
  home_.retire(std::move(slot));  // it is on the stack
  if (&slot != &all_.back()) {
    slot = std::move(all_.back());
    slot->position_ = s.position_;
  }
  all_.pop_back();
}

raw_session::raw_session(raw_sessions& owner, std::unique_ptr<net::connection> link,
                         net::handshake&& request, int protocol, const engineio_handlers& handlers)
    : owner_(owner),
      link_(std::move(link)),
      request_(std::move(request)),
      handlers_(handlers),
      protocol_(protocol) {}

template <class F>
void raw_session::guarded(F&& run) {
  try {
    std::forward<F>(run)();
  } catch (const std::exception& e) {
    report_failure(e.what());
  } catch (...) {
    report_failure("unknown exception");
  }
}

void raw_session::report_failure(const char* why) {
  owner_.core_.log(log_level::error,
                   std::string("Engine.IO handler failed: ") + why + "; its connection is closed");
  link_->close(close_reason::handler_failed);
}

void raw_session::begin() {
  if (!handlers_.open) return;
  engineio_socket s{*this};
  guarded([&] { handlers_.open(s); });
}

void raw_session::on_text(std::string_view text) {
  if (!handlers_.text) return;
  engineio_socket s{*this};
  guarded([&] { handlers_.text(s, text); });
}

void raw_session::on_binary(std::string_view bytes) {
  if (!handlers_.binary) return;
  engineio_socket s{*this};
  guarded([&] { handlers_.binary(s, bytes); });
}

void raw_session::on_closed(close_reason reason) {
  engineio_socket s{*this};
  if (handlers_.closed) guarded([&] { handlers_.closed(s, reason); });
  owner_.remove(*this);
}

}  // namespace pushmesh::actors

namespace pushmesh {

void engineio_socket::send(std::string_view text) {
  s_.link().send(net::make_frame(net::ws_opcode::text, {"4", text}));
}
void engineio_socket::send_binary(std::string_view bytes) {
  s_.link().send(net::make_frame(net::ws_opcode::binary, {bytes}));
}
void engineio_socket::close() {
  s_.link().close(close_reason::forced_server_close);
}
const net::handshake& engineio_socket::handshake() const noexcept {
  return s_.request();
}
int engineio_socket::protocol() const noexcept {
  return s_.protocol();
}
std::string_view engineio_socket::transport() const noexcept {
  return s_.link().transport() == net::transport_kind::polling ? "polling" : "websocket";
}
std::any& engineio_socket::data() noexcept {
  return s_.data();
}

}  // namespace pushmesh
