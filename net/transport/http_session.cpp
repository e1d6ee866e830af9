#include "net/transport/http_session.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <chrono>
#include <cstdint>
#include <limits>
#include <utility>

#include "net/transport/http_client.hpp"
#include "net/transport/websocket_handshake.hpp"

namespace pushmesh::net {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

std::string_view view(boost::beast::string_view s) noexcept {
  return {s.data(), s.size()};
}

// While the node stops.
constexpr auto time_for_first_request = std::chrono::milliseconds(250);

int status_of(const error_code& ec) noexcept {
  if (ec == http::error::header_limit) return 431;
  if (ec == http::error::body_limit) return 413;
  return 400;
}

}  // namespace

void http_client::begin() {
  loop_.add(*this);
  limit_time();
  keep_reading();
}

// The request under way has a limited time, however its bytes drip in.
void http_client::limit_time() {
  if (!std::exchange(has_deadline_, true)) arm(loop_.options().request_timeout);
}

void http_client::on_timeout() {
  const bool in_request = has_deadline_ && (state_ == state::reading || state_ == state::writing);
  if (in_request) loop_.counters().request_timeouts.add();
  cut();
}

void http_client::cut() {
  const ref self(this);
  state_ = state::ended;
  cancel();
  unlink();
  stream_->close();
  charge_body(0);
  body_ = nullptr;
  if (exchange_) tell_session(polling_request::kind::gone);
  while_awaiting_ = nullptr;
}

// Between two requests a client has to expect that (RFC 9112 section 9.3.1). Where there was none
// yet, one is on its way.
void http_client::cut_if_idle() {
  if (state_ != state::reading || parser_ || !pending_.empty()) return;
  served_any_ ? cut() : arm(time_for_first_request);
}

// Waits for more unless that is under way. While an answer is due nothing is read beyond what is
// there: the client has to wait with its next request, and what it may send meanwhile is bounded.
void http_client::keep_reading() {
  const bool wanted = state_ == state::reading || state_ == state::draining ||
                      (state_ == state::awaiting && pending_.empty());
  if (!wanted || read_armed_ || peer_finished_) return;
  read_armed_ = true;
  stream_->wait_readable([self = ref(this)](const error_code& ec) {
    self->read_armed_ = false;
    self->on_readable(ec);
  });
}

void http_client::on_readable(const error_code& ec) {
  if (state_ == state::ended) return;
  if (ec) return cut();
  const auto buffer = loop_.read_buffer();
  const auto r = stream_->read(buffer);
  if (r.what == io_result::status::error) return cut();
  if (r.what == io_result::status::closed) return on_peer_finished();
  loop_.counters().bytes_in.add(static_cast<std::int64_t>(r.bytes));
  if (r.bytes > 0) on_bytes(buffer.first(r.bytes));
  keep_reading();
}

void http_client::on_bytes(std::span<char> bytes) {
  if (state_ == state::reading) return take(bytes);
  if (state_ == state::draining) return;
  pending_.append(bytes.data(), bytes.size());
  if (state_ == state::awaiting) hurry();
}

// Another request waits behind the one that is being answered.
void http_client::hurry() {
  if (is_poll_) tell_session(polling_request::kind::hurry);
}

// A poll has lost its client. Any other answer may still be read.
void http_client::on_peer_finished() {
  peer_finished_ = true;
  after_ = after_answer::close;
  const bool answer_is_due = state_ == state::writing || (state_ == state::awaiting && !is_poll_);
  if (!answer_is_due) cut();
}

// Parses what came behind what was left over; keeps what is left over now.
void http_client::take(std::span<char> bytes) {
  std::string joined;
  if (!pending_.empty()) {
    joined = std::exchange(pending_, {});
    joined.append(bytes.data(), bytes.size());
    bytes = joined;
  }
  process(bytes);
  if (state_ == state::draining || state_ == state::ended) return;
  pending_.assign(bytes.data(), bytes.size());
  if (state_ == state::reading && parser_ && is_for_session_)
    charge_body(parser_->get().body().size());
  if (state_ == state::ended) return;
  if (state_ == state::reading && parser_ && !is_for_session_ &&
      !hold_body(parser_->get().body().size()))
    return refuse(503);
  if (state_ == state::awaiting && !pending_.empty()) hurry();
  if (state_ != state::reading) return;
  if (parser_ || !pending_.empty()) limit_time();
  if (parser_ && head_checked_ && !exchange_) announce_post();
}

void http_client::process(std::span<char>& bytes) {
  while (state_ == state::reading && !bytes.empty()) {
    if (!parser_) begin_request();
    error_code ec;
    const auto n = parser_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), ec);
    bytes = bytes.subspan(n);
    if (ec && ec != http::error::need_more) return refuse(status_of(ec));
    if (parser_->is_header_done() && !head_checked_) {
      head_checked_ = true;
      if (!check_head()) continue;
    }
    if (parser_->is_done())
      handle(bytes);
    else if (n == 0 || ec)
      return;
  }
}

// The body of an Engine.IO request counts among the messages that have not arrived whole, until it
// is answered. May end this connection, or others.
void http_client::charge_body(std::size_t bytes) {
  const auto before = std::exchange(partial_bytes_, static_cast<std::uint32_t>(bytes));
  loop_.charge_partial(before, bytes);
  if (bytes <= before) return;
  if (before == 0) {
    // In front of the others: the list tells whose body began first.
    unlink();
    loop_.add(*this);
  }
  const ref self(this);
  loop_.bound_partials();
}

// False: all bodies of the listener together are too much.
bool http_client::hold_body(std::size_t bytes) {
  if (bytes > 0 && !body_) body_ = std::make_shared<body_place>(role_->bodies);
  return !body_ || body_->grow_to(bytes);
}

void http_client::begin_request() {
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(
      std::min<std::size_t>(loop_.options().limits.max_http_head, 0xFFFF'FFFF)));
  // Until the head has told whose body it is. (boost::none, of Boost 1.74, is less than any
  // length.)
  parser_->body_limit(std::numeric_limits<std::uint64_t>::max());
  head_checked_ = false;
  is_for_session_ = false;
}

// What the head alone decides. False: the request was refused.
bool http_client::check_head() {
  const auto& request = parser_->get();
  // Where the last coding is another one nobody knows how long the body is (RFC 9112 section 6.3):
  // the parser believes that there is none, and would take it for the next request.
  if (request.count(http::field::transfer_encoding) > 0 && !parser_->chunked()) {
    refuse(400);
    return false;
  }
  is_for_session_ = is_engineio(view(request.target()));
  if (!is_for_session_ && role_->http.judge && !judge_plain()) return false;
  const auto limit = is_for_session_ ? loop_.options().limits.max_payload : role_->max_body;
  parser_->body_limit(limit);
  if (parser_->content_length().value_or(0) > limit) {
    refuse(413);
    return false;
  }
  if (parser_->is_done()) return true;
  if (equals_ignoring_case(view(request[http::field::expect]), "100-continue")) {
    std::string_view line = "HTTP/1.1 100 Continue\r\n\r\n";
    const iovec piece{const_cast<char*>(line.data()), line.size()};
    stream_->write({&piece, 1});  // if it does not go out the client sends its body after a while
  }
  return true;
}

// Whether the head may be followed by its body. False: it was answered.
bool http_client::judge_plain() {
  std::optional<http_response> refusal;
  try {
    refusal = role_->http.judge(plain_request(head()));
  } catch (...) {
    refusal = plain_answer(500);
  }
  if (!refusal) return true;
  loop_.counters().http_requests.add();
  loop_.counters().http_refused.add();
  served_any_ = true;
  after_ = parser_->is_done() ? after_request() : after_answer::close;
  answer(*refusal);
  return false;
}

after_answer http_client::after_request() const noexcept {
  return parser_->get().keep_alive() && !peer_finished_ && !loop_.closes_idle_connections()
             ? after_answer::keep_alive
             : after_answer::close;
}

void http_client::handle(std::span<char>& bytes) {
  loop_.counters().http_requests.add();
  served_any_ = true;
  const auto request = head();
  after_ = after_request();
  if (is_engineio(request.target)) return handle_engineio(request, bytes);
  role_->http ? handle_plain(request) : answer(plain_answer(404));
}

// Views into parser_ and names_.
http_head http_client::head() {
  const auto& request = parser_->get();
  http_head h;
  h.method = view(request.method_string());
  h.target = view(request.target());
  h.version = request.version();
  std::size_t size = 0;
  std::size_t count = 0;
  for (const auto& field : request) {
    size += field.name_string().size();
    ++count;
  }
  names_.clear();
  names_.reserve(size);  // the views below must not move
  h.headers.reserve(count);
  for (const auto& field : request) {
    const auto at = names_.size();
    for (char c : field.name_string())
      names_ += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    h.headers.emplace_back(std::string_view(names_).substr(at), view(field.value()));
  }
  return h;
}

// Without its body.
http_request http_client::plain_request(const http_head& request) const {
  http_request plain{.method = std::string(request.method),
                     .target = std::string(request.target),
                     .headers = {},
                     .body = {},
                     .address = address_};
  plain.headers.reserve(request.headers.size());
  for (auto& [name, value] : request.headers) plain.headers.emplace_back(name, value);
  return plain;
}

void http_client::handle_plain(const http_head& request) {
  if (!hold_body(parser_->get().body().size())) return refuse(503);
  auto plain = plain_request(request);
  plain.body = std::move(parser_->get().body());
  const auto id = loop_.polling().expect(*this);
  // Whoever answers later may have the body as long as `reply`, also when the client is gone.
  const auto reply = [id, place = std::move(body_)](http_response r) {
    post_answer(id, {r.status, std::move(r.content_type), std::move(r.body), std::move(r.headers)});
  };
  std::optional<http_response> given;
  try {
    given = role_->http.answer(std::move(plain), reply);
  } catch (...) {
    given = role_->http.refuse ? role_->http.refuse(500) : plain_answer(500);
  }
  if (!given) {
    exchange_ = id;
    return await_reply();
  }
  loop_.polling().forget(id);
  answer(*given);
}

// From somewhere else, in its own time; the client may end its side meanwhile.
void http_client::await_reply() {
  is_poll_ = false;
  state_ = state::awaiting;
  while_awaiting_ = ref(this);
  cancel();
}

void http_client::refuse(int status) {
  if (exchange_) tell_session(polling_request::kind::withdrawn);
  loop_.counters().http_refused.add();
  const auto& form = role_->http.refuse;
  send(encode_http_answer(form ? form(status) : plain_answer(status), after_answer::close),
       after_answer::close);
}

void http_client::answer(const http_response& response) {
  const bool is_head = parser_ && parser_->get().method() == http::verb::head;
  send(encode_http_answer(response, after_, is_head ? answer_part::head_only : answer_part::all),
       after_);
}

void http_client::send(std::string bytes, after_answer after) {
  after_ = after;
  out_ = std::move(bytes);
  charge_.set(out_.capacity());
  written_ = 0;
  state_ = state::writing;
  arm(loop_.options().request_timeout);
  write();
}

void http_client::say(std::string bytes) {
  loop_.add(*this);
  send(std::move(bytes), after_answer::close);
  keep_reading();
}

void http_client::write() {
  while (written_ < out_.size()) {
    const iovec piece{out_.data() + written_, out_.size() - written_};
    const auto r = stream_->write({&piece, 1});
    if (r.what == io_result::status::would_block) {
      stream_->wait_writable([self = ref(this)](const error_code& ec) {
        if (ec || self->state_ != state::writing) return;
        self->write();
        if (self->state_ == state::reading) self->take({});
        self->keep_reading();
      });
      return;
    }
    if (r.what != io_result::status::ok) return cut();
    loop_.counters().bytes_out.add(static_cast<std::int64_t>(r.bytes));
    written_ += r.bytes;
    // A large answer may take long on a slow line, as long as it moves.
    if (written_ < out_.size()) arm(loop_.options().request_timeout);
  }
  on_written();
}

void http_client::on_written() {
  out_ = {};
  charge_.set(0);
  parser_.reset();
  charge_body(0);
  body_ = nullptr;
  if (after_ == after_answer::keep_alive) {
    state_ = state::reading;
    has_deadline_ = false;
    arm(loop_.options().keep_alive_timeout);
    return;
  }
  // Closing while the client still sends would reset the connection under our answer.
  state_ = state::draining;
  pending_ = {};
  stream_->shutdown_write();
  if (peer_finished_) return cut();
  arm(loop_.options().close_timeout);
}

void http_session::start(io_loop& loop, std::shared_ptr<const listener_role> role,
                         std::unique_ptr<byte_stream> stream, std::string address) {
  const http_client::ref s(
      new http_client(loop, std::move(role), std::move(stream), std::move(address)));
  s->begin();
}

}  // namespace pushmesh::net
