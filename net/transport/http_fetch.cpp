#include "net/transport/http_fetch.hpp"

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <cctype>

namespace pushmesh::net {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::asio::ip::tcp;
using boost::system::error_code;

// In the middle of a sentence.
std::string words(const error_code& ec) {
  if (ec == beast::error::timeout) return "no answer in time";
  if (ec == http::error::end_of_stream) return "the connection was closed without an answer";
  auto text = ec.message();
  if (!text.empty()) text.front() = static_cast<char>(std::tolower(text.front()));
  return text;
}

http::request<http::string_body> message_of(const http_fetch& f) {
  http::request<http::string_body> m;
  m.version(11);
  m.method_string(f.method);
  m.target(f.target);
  const bool is_v6 = f.host.find(':') != std::string::npos;
  m.set(http::field::host, (is_v6 ? "[" + f.host + "]" : f.host) + ":" + std::to_string(f.port));
  m.set(http::field::connection, "close");
  for (const auto& [name, value] : f.headers) m.set(name, value);
  m.body() = f.body;
  m.prepare_payload();
  return m;
}

http_response answer_of(http::response<http::string_body>&& m) {
  http_response r;
  r.status = static_cast<int>(m.result_int());
  const auto type = m[http::field::content_type];
  r.content_type.assign(type.data(), type.size());
  for (const auto& field : m)
    r.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  r.body = std::move(m.body());
  return r;
}

// One exchange, step by step: each ends within its time.
class exchange {
 public:
  explicit exchange(const http_fetch& f) : fetch_(f) { parser_.body_limit(f.max_answer); }

  tl::expected<http_response, http_fetch_error> run() {
    error_code ec;
    tcp::resolver resolver(context_);
    const auto places = resolver.resolve(fetch_.host, std::to_string(fetch_.port), ec);
    if (ec) return failed(false, ec);
    stream_.expires_after(fetch_.connect_within);
    stream_.async_connect(places, [&](const error_code& e, const tcp::endpoint&) { ec = e; });
    if (wait(); ec) return failed(false, ec);
    stream_.expires_after(fetch_.answer_within);
    const auto message = message_of(fetch_);
    error_code not_sent;
    http::async_write(stream_, message, [&](const error_code& e, std::size_t) { not_sent = e; });
    wait();
    // A server that refuses a body may have answered before it was sent.
    http::async_read(stream_, buffer_, parser_, [&](const error_code& e, std::size_t) { ec = e; });
    if (wait(); ec) return failed(true, not_sent ? not_sent : ec);
    return answer_of(parser_.release());
  }

 private:
  void wait() {
    context_.restart();
    context_.run();
  }
  static tl::unexpected<http_fetch_error> failed(bool connected, const error_code& ec) {
    return tl::unexpected(http_fetch_error{connected, words(ec)});
  }

  const http_fetch& fetch_;
  boost::asio::io_context context_{1};
  beast::tcp_stream stream_{context_};
  beast::flat_buffer buffer_;
  http::response_parser<http::string_body> parser_;
};

}  // namespace

tl::expected<http_response, http_fetch_error> fetch(const http_fetch& request) {
  return exchange(request).run();
}

}  // namespace pushmesh::net
