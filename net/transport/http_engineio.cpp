#include <algorithm>
#include <string>
#include <utility>

#include "net/transport/address_limits.hpp"
#include "net/transport/engineio_endpoint.hpp"
#include "net/transport/engineio_session.hpp"
#include "net/transport/http_client.hpp"
#include "net/transport/polling_session.hpp"
#include "net/transport/websocket_handshake.hpp"

// The requests of Engine.IO, on the side of the HTTP connection.

namespace pushmesh::net {
namespace {

// As the official server refuses an upgrade: 400 whatever the reason is. It knows no limits.
std::string bare_refusal(errc why) {
  const auto text = to_string(why);
  std::string bare = "HTTP/1.1 ";
  bare.append(refusal_of(why).status == 429 ? "429 Too Many Requests" : "400 Bad Request");
  bare.append("\r\nConnection: close\r\nContent-type: text/html\r\n");
  bare.append("Content-Length: ").append(std::to_string(text.size())).append("\r\n\r\n");
  return bare.append(text);
}

polling_request::kind kind_of(const http_head& request, const engineio_request& wanted) noexcept {
  using enum polling_request::kind;
  if (wanted.transport != transport_kind::polling) return other;
  if (request.method == "GET") return get;
  return request.method == "POST" ? post : other;
}

}  // namespace

bool http_client::is_engineio(std::string_view target) const noexcept {
  if (!role_->engineio || (role_->is_for_http && role_->is_for_http(target))) return false;
  const auto path = split_target(target).first;
  const auto& more = role_->more_paths;
  return path.starts_with(loop_.options().path) ||
         std::any_of(more.begin(), more.end(), [&](auto& p) { return path.starts_with(p); });
}

// A session must know of a POST whose body takes its time: a second one meanwhile is an error.
void http_client::announce_post() {
  const auto request = head();
  if (!is_engineio(request.target)) return;
  const auto step = judge_engineio(request, loop_.options());
  const auto sid = to_session_key(step.request.sid);
  const bool is_known = step.what == engineio_step::action::ask_session && sid;
  if (!is_known || kind_of(request, step.request) != polling_request::kind::post) return;
  session_ = *sid;
  exchange_ = loop_.polling().expect(*this);
  tell_session(polling_request::kind::post_begun);
}

void http_client::handle_engineio(const http_head& request, std::span<char>& bytes) {
  const auto step = judge_engineio(request, loop_.options());
  const auto sid = to_session_key(step.request.sid);
  switch (step.what) {
    case engineio_step::action::refuse:
      if (step.request.version == 3) loop_.polling().tell_of_refused_eio3();
      return refuse_engineio(step.why, request);
    case engineio_step::action::preflight:
      return answer(preflight_response(request, loop_.options()));
    case engineio_step::action::open:
      if (step.request.transport == transport_kind::polling)
        return open_polling(request, step.request);
      return open_websocket(request, step.request, bytes);
    case engineio_step::action::upgrade:
      return sid ? upgrade_session(request, *sid, bytes)
                 : refuse_engineio(errc::session_unknown, request);
    case engineio_step::action::ask_session:
      return sid ? ask_session(request, *sid, kind_of(request, step.request))
                 : refuse_engineio(errc::session_unknown, request);
  }
}

void http_client::refuse_engineio(errc why, const http_head& request) {
  loop_.counters().http_refused.add();
  if (asks_for_websocket(request)) return send(bare_refusal(why), after_answer::close);
  answer(engineio_refusal_response(why, request, loop_.options()));
}

// The descriptor goes on without HTTP.
std::unique_ptr<byte_stream> http_client::leave() {
  state_ = state::ended;
  cancel();
  unlink();
  return std::move(stream_);
}

// Of the client, as long as the stream is here.
request_origin http_client::origin() const {
  return {address_, stream_->is_secure(), stream_->peer_certificate()};
}

// Counts a new connection of its client's address; answers the request where it is too much.
bool http_client::admit(handshake& about, const http_head& request) {
  auto* const limits = loop_.hooks().addresses;
  if (!limits) return true;
  auto place = limits->take(about.address(), loop_.now());
  if (!place) {
    loop_.counters().refused_address.add();
    refuse_engineio(place.error(), request);
    return false;
  }
  about.hold(std::move(*place));
  return true;
}

void http_client::open_websocket(const http_head& request, const engineio_request& wanted,
                                 std::span<char>& bytes) {
  const auto response = accept_websocket(request);
  if (!response) return refuse_engineio(response.error(), request);
  auto about = make_handshake(request, origin(), loop_.options());
  if (!admit(about, request)) return;
  engineio_session::open(loop_, {.stream = leave(),
                                 .response = *response,
                                 .already_read = std::exchange(bytes, {}),
                                 .request = wanted,
                                 .about = std::move(about)});
}

void http_client::upgrade_session(const http_head& request, const session_key& sid,
                                  std::span<char>& bytes) {
  auto response = accept_websocket(request);
  if (!response) return refuse_engineio(response.error(), request);
  const auto rest = std::exchange(bytes, {});
  route(loop_, session_upgrade{sid, leave(), std::move(*response), {rest.data(), rest.size()}});
}

void http_client::open_polling(const http_head& request, const engineio_request& wanted) {
  auto about = make_handshake(request, origin(), loop_.options());
  if (!admit(about, request)) return;
  if (!loop_.polling().sessions().reserve()) {
    loop_.counters().refused_full.add();
    return answer(plain_answer(503));
  }
  await_answer(request);
  session_ = polling_session::open(loop_, exchange_, wanted, std::move(about));
}

void http_client::ask_session(const http_head& request, const session_key& sid,
                              polling_request::kind what) {
  session_ = sid;
  const bool is_binary = equals_ignoring_case(request.header("content-type").substr(0, 24),
                                              "application/octet-stream");
  await_answer(request);
  is_poll_ = what == polling_request::kind::get;
  route(loop_, polling_request{sid, what, exchange_, std::move(parser_->get().body()), is_binary});
}

void http_client::await_answer(const http_head& request) {
  answer_headers_ = cors_headers(request, loop_.options());
  if (!exchange_) exchange_ = loop_.polling().expect(*this);
  is_poll_ = true;
  state_ = state::awaiting;
  while_awaiting_ = ref(this);
  cancel();
}

void http_client::tell_session(polling_request::kind what) {
  const auto from = exchange_;
  if (!is_for_session_) {
    loop_.polling().forget(from);
    exchange_ = {};
    return;
  }
  if (what == polling_request::kind::gone || what == polling_request::kind::withdrawn) {
    loop_.polling().forget(exchange_);
    exchange_ = {};
  }
  route(loop_, polling_request{session_, what, from});
}

void http_client::on_answer(polling_answer given) {
  const ref self = std::exchange(while_awaiting_, nullptr);
  exchange_ = {};
  if (given.status >= 400) loop_.counters().http_refused.add();
  if (loop_.closes_idle_connections()) after_ = after_answer::close;
  answer_headers_.emplace_back("Cache-Control", "no-store");
  for (auto& header : given.headers) answer_headers_.push_back(std::move(header));
  answer({given.status, std::move(given.content_type), std::move(given.body),
          std::exchange(answer_headers_, {})});
  if (state_ == state::reading && !pending_.empty()) take({});
  keep_reading();
}

void http_session::refuse_upgrade(io_loop& loop, std::unique_ptr<byte_stream> stream, errc why) {
  static const auto no_role = std::make_shared<const listener_role>();
  loop.counters().http_refused.add();
  const http_client::ref s(new http_client(loop, no_role, std::move(stream), {}));
  s->say(bare_refusal(why));
}

}  // namespace pushmesh::net
