#include "net/transport/http_session.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <limits>
#include <optional>
#include <utility>

#include "net/transport/engineio_endpoint.hpp"
#include "net/transport/engineio_session.hpp"
#include "net/transport/http_answer.hpp"
#include "net/transport/io_loop.hpp"
#include "net/transport/websocket_handshake.hpp"

namespace pushmesh::net {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

std::string_view view(boost::beast::string_view s) noexcept {
  return {s.data(), s.size()};
}

int status_of(const error_code& ec) noexcept {
  if (ec == http::error::header_limit) return 431;
  if (ec == http::error::body_limit) return 413;
  return 400;
}

class session final : public http_session, private timer_node {
 public:
  using ref = boost::intrusive_ptr<session>;

  session(io_loop& loop, std::shared_ptr<const listener_role> role,
          std::unique_ptr<byte_stream> stream, std::string address)
      : timer_node(&session::on_timeout),
        loop_(loop),
        role_(std::move(role)),
        stream_(std::move(stream)),
        address_(std::move(address)) {}

  void begin() {
    loop_.add(*this);
    arm(loop_.options().request_timeout);
    wait_readable();
  }

  void cut() override {
    const ref self(this);
    state_ = state::ended;
    cancel();
    unlink();
    stream_->close();
  }

 private:
  using parser = http::request_parser<http::string_body>;
  enum class state : std::uint8_t { reading, writing, draining, ended };

  friend void intrusive_ptr_add_ref(session* s) noexcept { ++s->references_; }
  friend void intrusive_ptr_release(session* s) noexcept {
    if (--s->references_ == 0) delete s;
  }
  ~session() = default;

  static void on_timeout(timer_node& node) { static_cast<session&>(node).cut(); }
  void arm(std::chrono::milliseconds delay) { loop_.timers().arm(*this, loop_.now(), delay); }

  void wait_readable() {
    stream_->wait_readable([self = ref(this)](const error_code& ec) { self->on_readable(ec); });
  }
  void on_readable(const error_code& ec);
  void take(std::span<char> bytes);
  void process(std::span<char>& bytes);
  void begin_request();
  bool check_head();
  void handle(std::span<char>& bytes);
  http_head head();
  bool is_engineio(std::string_view target) const noexcept;
  void handle_engineio(const http_head& request, std::span<char>& bytes);
  void upgrade(const http_head& request, const engineio_request& wanted, std::string_view response,
               std::span<char>& bytes);
  http_response handle_plain(const http_head& request);
  void refuse(int status);
  void answer(const http_response& response);
  void send(std::string bytes, after_answer after);
  void write();
  void on_written();

  io_loop& loop_;
  std::shared_ptr<const listener_role> role_;
  std::unique_ptr<byte_stream> stream_;
  std::string address_;
  std::optional<parser> parser_;  // of the request under way
  std::string names_;             // its header names in lower case
  std::string pending_;           // read and not yet parsed
  std::string out_;               // of the answer under way
  std::size_t written_ = 0;
  std::uint32_t references_ = 0;
  state state_ = state::reading;
  after_answer after_ = after_answer::close;
  bool head_checked_ = false;
};

void session::on_readable(const error_code& ec) {
  if (state_ == state::ended) return;
  if (ec) return cut();
  const auto buffer = loop_.read_buffer();
  const auto r = stream_->read(buffer);
  if (r.what == io_result::status::closed || r.what == io_result::status::error) return cut();
  loop_.counters().bytes_in.add(static_cast<std::int64_t>(r.bytes));
  if (state_ == state::reading) take(buffer.first(r.bytes));
  if (state_ == state::reading || state_ == state::draining) wait_readable();
}

// Parses what came behind what was left over; keeps what is left over now.
void session::take(std::span<char> bytes) {
  std::string joined;
  if (!pending_.empty()) {
    joined = std::exchange(pending_, {});
    joined.append(bytes.data(), bytes.size());
    bytes = joined;
  }
  process(bytes);
  if (state_ == state::reading || state_ == state::writing)
    pending_.assign(bytes.data(), bytes.size());
}

void session::process(std::span<char>& bytes) {
  while (state_ == state::reading && !bytes.empty()) {
    if (!parser_) begin_request();
    error_code ec;
    const auto n = parser_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), ec);
    bytes = bytes.subspan(n);
    if (ec && ec != http::error::need_more) return refuse(status_of(ec));
    if (parser_->is_header_done() && !head_checked_) {
      head_checked_ = true;
      if (!check_head()) return;
    }
    if (parser_->is_done())
      handle(bytes);
    else if (n == 0 || ec)
      return;
  }
}

void session::begin_request() {
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(
      std::min<std::size_t>(loop_.options().limits.max_http_head, 0xFFFF'FFFF)));
  parser_->body_limit(role_->max_body);
  head_checked_ = false;
}

// What the head alone decides. False: the request was refused.
bool session::check_head() {
  const auto& request = parser_->get();
  if (is_engineio(view(request.target()))) {
    const auto limit = loop_.options().limits.max_payload;
    parser_->body_limit(limit);
    if (parser_->content_length().value_or(0) > limit) {
      refuse(413);
      return false;
    }
  }
  if (!parser_->is_done() &&
      equals_ignoring_case(view(request[http::field::expect]), "100-continue")) {
    std::string_view line = "HTTP/1.1 100 Continue\r\n\r\n";
    const iovec piece{const_cast<char*>(line.data()), line.size()};
    stream_->write({&piece, 1});  // if it does not go out the client sends its body after a while
  }
  return true;
}

void session::handle(std::span<char>& bytes) {
  loop_.counters().http_requests.add();
  const auto request = head();
  after_ = parser_->get().keep_alive() ? after_answer::keep_alive : after_answer::close;
  if (is_engineio(request.target)) return handle_engineio(request, bytes);
  answer(role_->http ? handle_plain(request) : plain_answer(404));
}

// Views into parser_ and names_.
http_head session::head() {
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

bool session::is_engineio(std::string_view target) const noexcept {
  if (!role_->engineio) return false;
  const auto path = split_target(target).first;
  const auto& more = role_->more_paths;
  return path.starts_with(loop_.options().path) ||
         std::any_of(more.begin(), more.end(), [&](auto& p) { return path.starts_with(p); });
}

void session::handle_engineio(const http_head& request, std::span<char>& bytes) {
  const bool wants_upgrade = asks_for_websocket(request);
  auto refused = errc::bad_request;
  if (const auto wanted = admit_engineio(request, loop_.options()); !wanted)
    refused = wanted.error();
  else if (const auto response = accept_websocket(request); !response)
    refused = response.error();
  else
    return upgrade(request, *wanted, *response, bytes);

  loop_.counters().http_refused.add();
  if (!wants_upgrade) return answer(engineio_refusal_response(refused, request, loop_.options()));
  const auto text = to_string(refused);
  std::string bare = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-type: text/html\r\n";
  bare.append("Content-Length: ").append(std::to_string(text.size())).append("\r\n\r\n");
  send(bare.append(text), after_answer::close);
}

void session::upgrade(const http_head& request, const engineio_request& wanted,
                      std::string_view response, std::span<char>& bytes) {
  state_ = state::ended;
  cancel();
  unlink();
  engineio_session::open(loop_, {.stream = std::move(stream_),
                                 .response = response,
                                 .already_read = std::exchange(bytes, {}),
                                 .request = wanted,
                                 .about = make_handshake(request, address_, loop_.options())});
}

http_response session::handle_plain(const http_head& request) {
  http_request plain{.method = std::string(request.method),
                     .target = std::string(request.target),
                     .headers = {},
                     .body = std::move(parser_->get().body()),
                     .address = address_};
  plain.headers.reserve(request.headers.size());
  for (auto& [name, value] : request.headers) plain.headers.emplace_back(name, value);
  try {
    return role_->http(plain);
  } catch (...) {
    return plain_answer(500);
  }
}

void session::refuse(int status) {
  loop_.counters().http_refused.add();
  send(encode_http_answer(plain_answer(status), after_answer::close), after_answer::close);
}

void session::answer(const http_response& response) {
  const bool is_head = parser_->get().method() == http::verb::head;
  send(encode_http_answer(response, after_, is_head ? answer_part::head_only : answer_part::all),
       after_);
}

void session::send(std::string bytes, after_answer after) {
  after_ = after;
  out_ = std::move(bytes);
  written_ = 0;
  state_ = state::writing;
  arm(loop_.options().request_timeout);
  write();
}

void session::write() {
  while (written_ < out_.size()) {
    const iovec piece{out_.data() + written_, out_.size() - written_};
    const auto r = stream_->write({&piece, 1});
    if (r.what == io_result::status::would_block) {
      stream_->wait_writable([self = ref(this)](const error_code& ec) {
        if (ec || self->state_ != state::writing) return;
        self->write();
        if (self->state_ == state::reading) self->take({});
        if (self->state_ == state::reading || self->state_ == state::draining)
          self->wait_readable();
      });
      return;
    }
    if (r.what != io_result::status::ok) return cut();
    loop_.counters().bytes_out.add(static_cast<std::int64_t>(r.bytes));
    written_ += r.bytes;
  }
  on_written();
}

void session::on_written() {
  out_ = {};
  parser_.reset();
  if (after_ == after_answer::keep_alive) {
    state_ = state::reading;
    arm(loop_.options().request_timeout);
    return;
  }
  // Closing while the client still sends would reset the connection under our answer.
  state_ = state::draining;
  pending_ = {};
  stream_->shutdown_write();
  arm(loop_.options().close_timeout);
}

}  // namespace

void http_session::start(io_loop& loop, std::shared_ptr<const listener_role> role,
                         std::unique_ptr<byte_stream> stream, std::string address) {
  const session::ref s(new session(loop, std::move(role), std::move(stream), std::move(address)));
  s->begin();
}

}  // namespace pushmesh::net
