#include "net/transport/polling_connection.hpp"

#include <chrono>
#include <string>
#include <utility>

#include "net/protocol/frame_messages.hpp"
#include "net/transport/io_loop.hpp"
#include "net/transport/overflow.hpp"
#include "net/transport/polling_hub.hpp"

namespace pushmesh::net {
namespace {

// How long a closed session waits for the poll that takes its last packets, as in the official
// server.
constexpr auto linger_time = std::chrono::seconds(30);

bool peer_does_not_read(close_reason r) noexcept {
  return r == close_reason::slow_consumer || r == close_reason::node_overloaded;
}

// After these the official server forgets the session at once; a client that polls again learns it
// from "Session ID unknown".
bool is_failure(close_reason r) noexcept {
  return r == close_reason::ping_timeout || r == close_reason::transport_error ||
         r == close_reason::parse_error || r == close_reason::message_too_big ||
         r == close_reason::transport_close;
}

bool holds_binary(std::string_view bytes) noexcept {
  while (const auto message = take_message(bytes))
    if (message->kind == ws_opcode::binary) return true;
  return false;
}

void append_messages(std::string& body, payload_form form, std::string_view bytes) {
  while (const auto message = take_message(bytes))
    append_payload_item(body, form, {message->payload, message->kind == ws_opcode::binary});
}

}  // namespace

polling_connection::polling_connection(io_loop& loop, const session_key& sid,
                                       const engineio_request& wanted, exchange_id handshake)
    : timer_node(&polling_connection::on_timer),
      loop_(loop),
      place_(loop.polling().sessions().enter(sid, *this)),
      get_(handshake),
      version_(wanted.version),
      base64_only_(wanted.base64_only) {}

void polling_connection::take(session_request request) {
  const ref self(this);
  if (auto* polling = std::get_if<polling_request>(&request))
    return take_polling(std::move(*polling));
  if (state_ == state::closing && reason_ == close_reason::server_shutting_down)
    return tell_of_the_end(loop_, std::move(request));
  if (state_ != state::open || !handler_)
    return refuse(loop_, std::move(request), errc::session_unknown);
  handler_->on_upgrade_request(std::move(std::get<session_upgrade>(request)));
}

void polling_connection::take_polling(polling_request request) {
  using enum polling_request::kind;
  switch (request.what) {
    case get:
      return take_get(request.from);
    case post_begun:
      if (state_ == state::open && post_) return close(close_reason::transport_error);
      post_ = request.from;
      return;
    case post:
      return take_post(std::move(request));
    case other:
      return refuse(loop_, std::move(request), errc::bad_request);
    case hurry:
      if (get_ == request.from) release_poll();
      return;
    case gone:
      return lose(request.from);
    case withdrawn:
      if (post_ == request.from) post_ = {};
      return;
  }
}

void polling_connection::take_get(exchange_id from) {
  if (get_) {
    auto refusal = refusal_of(errc::bad_request);
    answer(loop_, from, {refusal.status, "application/json", std::move(refusal.body)});
    return close(close_reason::transport_error);
  }
  get_ = from;
  if (state_ == state::open) cancel();
  list_hook<polling_connection>::unlink();
  loop_.at_turn_end(*this);
}

void polling_connection::take_post(polling_request request) {
  const auto from = request.from;
  const bool overlaps = post_ && post_ != from;
  post_ = {};
  if (state_ == state::closing && reason_ == close_reason::server_shutting_down)
    return tell_of_the_end(loop_, std::move(request));
  if (state_ != state::open) return refuse(loop_, std::move(request), errc::session_unknown);
  if (overlaps)
    close(close_reason::transport_error);
  else if (read(request))
    return answer(loop_, from, {200, "text/html", "ok"});
  refuse(loop_, std::move(request), errc::bad_request);
}

// Hands the packets to the session, in order, until one of them ends it. False when the body is
// against the rules.
bool polling_connection::read(const polling_request& post) {
  auto form = payload_form::v4;
  if (version_ == 3) form = post.is_binary ? payload_form::v3_binary : payload_form::v3_text;
  const bool readable = version_ == 3 || !post.is_binary;
  payload_reader reader(form, post.body);
  while (readable && state_ == state::open && handler_) {
    const auto item = reader.next();
    if (!item) break;
    if (!*item) return true;
    if ((*item)->is_binary)
      handler_->on_poll_binary((*item)->data);
    else
      handler_->on_poll_text((*item)->data);
  }
  // Unless a packet ended the session: then it depends on why.
  if (state_ == state::open && handler_) close(close_reason::parse_error);
  return reason_ != close_reason::parse_error;
}

void polling_connection::lose(exchange_id gone) {
  if (get_ == gone) {
    get_ = {};
    if (state_ == state::closing) return wait_for_poll();
    return fail(close_reason::transport_error);
  }
  if (post_ == gone) {
    post_ = {};
    close(close_reason::transport_error);
  }
}

void polling_connection::send(frame_ref f) {
  if (state_ != state::open || drops_volatile(loop_, *f, static_cast<bool>(get_))) return;
  if (makes_too_long(loop_, queue_, *f) && !admit(*f)) return;
  send_control(std::move(f));
}

void polling_connection::send_control(frame_ref f) {
  if (state_ != state::open) return;
  queue_.push(std::move(f), loop_.budget());
  if (get_)
    loop_.at_turn_end(*this);
  else
    wait_for_poll();
}

// Decides on a message that would make the queue too long.
bool polling_connection::admit(const frame& f) {
  // Whose poll was answered in this turn could not send the next one yet.
  const bool just_answered = get_ || answered_in_turn_ == loop_.turn();
  const auto verdict = net::admit(loop_, queue_, f,
                                  just_answered ? chance_to_read::none_yet : chance_to_read::given);
  if (verdict == overflow_verdict::action::close) close(close_reason::slow_consumer);
  return verdict == overflow_verdict::action::queue;
}

// What is queued has a limited time to be fetched.
void polling_connection::wait_for_poll() {
  loop_.polling().mark_unread(*this);
  if (armed()) return;
  if (state_ == state::closing)
    loop_.timers().arm(*this, loop_.now(), linger_time);
  else
    loop_.timers().arm(*this, loop_.now(), loop_.options().max_queue_age);
}

void polling_connection::on_timer(timer_node& node) {
  auto& self = static_cast<polling_connection&>(node);
  if (self.state_ == state::closing) return self.cut();
  if (self.get_ || self.queue_.empty()) return;
  const auto age = self.loop_.now() - self.queue_.oldest();
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(self.loop_.options().max_queue_age - age);
  if (left.count() > 0) return self.loop_.timers().arm(node, self.loop_.now(), left);
  self.loop_.counters().slow_consumers.add();
  self.close(close_reason::slow_consumer);
}

void polling_connection::on_turn_end() {
  const ref self(this);
  report();
  if (get_ && (!queue_.empty() || goodbye_due_)) return answer_poll();
  if (!writable() || !handler_ || !std::exchange(owes_writable_, false)) return;
  handler_->on_poll_writable();
}

payload_form polling_connection::form_of_answer() const noexcept {
  if (version_ == 4) return payload_form::v4;
  const bool needs_binary =
      !base64_only_ && queue_.any([](const frame& f) { return holds_binary(f.bytes()); });
  return needs_binary ? payload_form::v3_binary : payload_form::v3_text;
}

void polling_connection::answer_poll() {
  const auto form = form_of_answer();
  std::string body;
  body.reserve(queue_.bytes());
  // Alone: with messages in front of it the official client would report those too late.
  if (queue_.empty() && std::exchange(goodbye_due_, false)) append_payload_item(body, form, {"1"});
  auto& counters = loop_.counters();
  while (!queue_.empty()) {
    append_messages(body, form, queue_.pop()->bytes());
    counters.frames_out.add();
  }
  answered_in_turn_ = loop_.turn();
  owes_writable_ = true;
  answer(
      loop_, std::exchange(get_, {}),
      {200,
       form == payload_form::v3_binary ? "application/octet-stream" : "text/plain; charset=UTF-8",
       std::move(body)});
  if (state_ == state::closing) goodbye_due_ ? wait_for_poll() : cut();
}

void polling_connection::release_poll() {
  if (writable() && queue_.empty()) send_control(make_frame(ws_opcode::text, {"6"}));
}

session_table::place polling_connection::leave() {
  release_poll();
  if (get_) answer_poll();
  state_ = state::closed;
  handler_ = nullptr;
  cancel();
  list_hook<polling_connection>::unlink();
  place_.end_polling();
  return std::move(place_);
}

void polling_connection::close(close_reason reason) {
  if (state_ != state::open) return;
  if (peer_does_not_read(reason) || (!get_ && is_failure(reason))) return fail(reason);
  begin_close(reason);
}

void polling_connection::begin_close(close_reason reason) {
  // Who closed knows it: its poll is released, no more.
  goodbye_due_ = reason != close_reason::transport_close;
  if (!goodbye_due_) send_control(make_frame(ws_opcode::text, {"6"}));
  cancel();
  state_ = state::closing;
  while_lingering_ = ref(this);
  end(reason);
  if (get_)
    loop_.at_turn_end(*this);
  else
    wait_for_poll();
}

// Ends everything at once: there is nobody to tell.
void polling_connection::fail(close_reason reason) {
  const ref self(this);
  const auto before = std::exchange(state_, state::closed);
  if (before == state::closed) return;
  cancel();
  list_hook<polling_connection>::unlink();
  queue_.clear();
  place_ = {};
  while_lingering_ = nullptr;
  if (get_)
    refuse(loop_, polling_request{{}, polling_request::kind::get, get_}, errc::session_unknown);
  get_ = {};
  if (before == state::open) end(reason);
}

void polling_connection::end(close_reason reason) {
  reason_ = reason;
  if (!handler_) return;
  owes_report_ = true;
  loop_.at_turn_end(*this);
}

void polling_connection::report() {
  if (!std::exchange(owes_report_, false)) return;
  if (auto* h = std::exchange(handler_, nullptr)) h->on_poll_closed(reason_);
}

}  // namespace pushmesh::net
