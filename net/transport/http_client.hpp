#pragma once

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/protocol/engineio_request.hpp"
#include "net/transport/http_answer.hpp"
#include "net/transport/http_head.hpp"
#include "net/transport/http_session.hpp"
#include "net/transport/io_loop.hpp"
#include "net/transport/outbound_budget.hpp"
#include "net/transport/polling_hub.hpp"

namespace pushmesh::net {

struct request_origin;

/// The class behind http_session, for its two sources alone (Beast takes long to compile):
/// http_session.cpp reads, parses and writes, http_engineio.cpp does what Engine.IO asks for.
class http_client final : public http_session, private timer_node, private polling_hub::waiter {
 public:
  using ref = boost::intrusive_ptr<http_client>;
  using error_code = boost::system::error_code;

  http_client(io_loop& loop, std::shared_ptr<const listener_role> role,
              std::unique_ptr<byte_stream> stream, std::string address)
      : timer_node(&http_client::on_timeout),
        loop_(loop),
        role_(std::move(role)),
        stream_(std::move(stream)),
        address_(std::move(address)),
        charge_(loop.budget()) {}

  void begin();
  /// Writes `bytes`, an answer, and closes.
  void say(std::string bytes);
  void cut() override;
  void cut_if_idle() override;
  std::size_t partial_bytes() const noexcept override {
    return state_ == state::reading ? partial_bytes_ : 0;
  }

 private:
  using parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  enum class state : std::uint8_t {
    reading,   // a request
    awaiting,  // its answer, which a session gives
    writing,   // the answer
    draining,  // it is written; what the client still sends is thrown away
    ended
  };

  friend void intrusive_ptr_add_ref(http_client* s) noexcept { ++s->references_; }
  friend void intrusive_ptr_release(http_client* s) noexcept {
    if (--s->references_ == 0) delete s;
  }
  ~http_client() {
    if (exchange_) loop_.polling().forget(exchange_);
    charge_body(0);
  }

  static void on_timeout(timer_node& node) { static_cast<http_client&>(node).on_timeout(); }
  void on_timeout();
  void arm(std::chrono::milliseconds delay) { loop_.timers().arm(*this, loop_.now(), delay); }

  // http_session.cpp
  void keep_reading();
  void on_readable(const error_code& ec);
  void on_bytes(std::span<char> bytes);
  void hurry();
  void on_peer_finished();
  void take(std::span<char> bytes);
  void process(std::span<char>& bytes);
  void begin_request();
  void limit_time();
  bool check_head();
  bool judge_plain();
  after_answer after_request() const noexcept;
  void handle(std::span<char>& bytes);
  http_head head();
  http_request plain_request(const http_head& request) const;
  void handle_plain(const http_head& request);
  void await_reply();
  void charge_body(std::size_t bytes);
  bool hold_body(std::size_t bytes);
  void refuse(int status);
  void answer(const http_response& response);
  void send(std::string bytes, after_answer after);
  void write();
  void on_written();

  // http_engineio.cpp
  bool is_engineio(std::string_view target) const noexcept;
  void announce_post();
  void handle_engineio(const http_head& request, std::span<char>& bytes);
  void refuse_engineio(errc why, const http_head& request);
  request_origin origin() const;
  bool admit(handshake& about, const http_head& request);
  void open_websocket(const http_head& request, const engineio_request& wanted,
                      std::span<char>& bytes);
  void open_polling(const http_head& request, const engineio_request& wanted);
  void upgrade_session(const http_head& request, const session_key& sid, std::span<char>& bytes);
  void ask_session(const http_head& request, const session_key& sid, polling_request::kind what);
  void await_answer(const http_head& request);
  void tell_session(polling_request::kind what);
  void on_answer(polling_answer answer) override;
  std::unique_ptr<byte_stream> leave();

  io_loop& loop_;
  std::shared_ptr<const listener_role> role_;
  std::unique_ptr<byte_stream> stream_;
  std::string address_;
  std::optional<parser> parser_;  // of the request under way
  std::string names_;             // its header names in lower case
  std::string pending_;           // read and not yet parsed
  std::string out_;               // of the answer under way
  budget_charge charge_;          // for out_
  // Of the body of a request that is none of Engine.IO's; null: it has none.
  std::shared_ptr<body_place> body_;
  std::size_t written_ = 0;
  exchange_id exchange_;  // what a session answers, or a POST that it expects
  session_key session_;   // which one
  std::vector<std::pair<std::string, std::string>> answer_headers_;  // CORS, for that answer
  std::uint32_t references_ = 0;
  std::uint32_t partial_bytes_ = 0;  // what the loop was told that the body takes
  state state_ = state::reading;
  after_answer after_ = after_answer::close;
  bool head_checked_ = false;
  bool is_for_session_ = false;  // Engine.IO
  bool read_armed_ = false;
  bool served_any_ = false;     // a request
  bool is_poll_ = false;        // awaiting: the request is a GET, which a session may hold
  ref while_awaiting_;          // itself: nothing else may be pending then
  bool has_deadline_ = false;   // for the request under way
  bool peer_finished_ = false;  // nothing more will be read
};

}  // namespace pushmesh::net
