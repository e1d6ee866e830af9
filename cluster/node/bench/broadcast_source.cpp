#include "cluster/node/bench/broadcast_source.hpp"

#include <charconv>
#include <deque>
#include <utility>

#include "cluster/node/bench/byte_pipe.hpp"
#include "cluster/node/bench/client_session.hpp"
#include "cluster/node/bench/monotonic_clock.hpp"

namespace pushmesh::bench {
namespace {

using outcome = tl::expected<void, std::string>;

constexpr std::int64_t join_deadline_us = 5'000'000;
constexpr std::size_t max_waiting_bytes = 16 << 20;

// `"bench",<stamp>,<seq>,"<padding>"]`
std::string stamped_arguments(std::uint32_t seq, const std::string& padding) {
  return "\"bench\"," + std::to_string(monotonic_us()) + "," + std::to_string(seq) + ",\"" +
         padding + "\"]";
}

// A control connection: a client that emits `broadcast`, which the conformance app sends to all
// others of the namespace.
class emitting_source final : public broadcast_source, private session_events {
 public:
  emitting_source(int fd, const bench_options& o, const std::string& host)
      : pipe_(fd), phrases_(o.nsp, o.path), padding_(o.size, 'x'), host_(host) {}

  outcome join() {
    if (auto sent = pipe_.send(phrases_.upgrade_request(host_)); !sent) return sent;
    const auto deadline = monotonic_us() + join_deadline_us;
    while (!session_.is_live()) {
      const auto left_ms = (deadline - monotonic_us()) / 1'000;
      if (left_ms <= 0) return tl::unexpected(std::string("the namespace is not joined in 5 s"));
      pipe_.wait(static_cast<int>(left_ms));
      if (auto served = service(); !served) return served;
    }
    return {};
  }

  int descriptor() const noexcept override { return pipe_.descriptor(); }
  bool wants_to_write() const noexcept override { return pipe_.queued() > 0; }

  outcome service() override {
    std::string in;
    const auto received = pipe_.receive(in);
    std::string answer;
    if (const auto wrong = session_.feed({in.data(), in.size()}, phrases_, answer, *this))
      return tl::unexpected(std::string(words_of(*wrong)));
    if (!received) return received;
    return answer.empty() ? pipe_.flush() : pipe_.send(answer);
  }

  outcome publish(std::uint32_t seq) override {
    std::string frame;
    append_client_frame(frame, net::ws_opcode::text,
                        {phrases_.event, "[\"broadcast\",", stamped_arguments(seq, padding_)});
    return pipe_.send(frame);
  }

 private:
  void live() override {}
  void stamped(const stamp&, std::size_t) override {}
  void acked(std::uint64_t) override {}
  void pinged() override {}
  void ack_asked() override {}
  void other(std::size_t) override {}
  void refused_with(int) override {}

  byte_pipe pipe_;
  const client_phrases phrases_;
  const std::string padding_;
  const std::string host_;
  client_session session_;
};

// An HTTP connection that POSTs, kept alive, one request at a time (RFC 9112 section 9.3.2: POST is
// not pipelined). A broadcast that is due meanwhile waits with its stamp, so that its latency
// tells.
class posting_source final : public broadcast_source {
 public:
  posting_source(int fd, const bench_options& o, publish_target target)
      : pipe_(fd), target_(std::move(target)), padding_(o.size, 'x') {}

  int descriptor() const noexcept override { return pipe_.descriptor(); }
  bool wants_to_write() const noexcept override { return pipe_.queued() > 0; }

  outcome service() override {
    const auto received = pipe_.receive(answers_);
    if (const auto taken = take_answer(); !taken) return tl::unexpected(taken.error());
    if (!received) return received;
    if (auto flushed = pipe_.flush(); !flushed) return flushed;
    return post_next();
  }

  outcome publish(std::uint32_t seq) override {
    if (waiting_.size() * (padding_.size() + 100) > max_waiting_bytes)
      return tl::unexpected(std::string("the server is too slow for what is published"));
    waiting_.push_back("[" + stamped_arguments(seq, padding_));
    return post_next();
  }

 private:
  outcome post_next() {
    if (is_asking_ || waiting_.empty()) return {};
    is_asking_ = true;
    const auto body = std::move(waiting_.front());
    waiting_.pop_front();
    return pipe_.send("POST " + target_.path + " HTTP/1.1\r\nHost: " + target_.server.str() +
                      "\r\nContent-Type: application/json\r\nContent-Length: " +
                      std::to_string(body.size()) + "\r\n\r\n" + body);
  }

  // Removes the answer when it is all there. The error says what the server answered instead of
  // success.
  outcome take_answer() {
    const auto end = answers_.find("\r\n\r\n");
    if (end == std::string::npos) return {};
    const auto head = std::string_view(answers_).substr(0, end + 2);
    const int status = status_of(head);
    if (status < 200 || status > 299)
      return tl::unexpected("the server answered with HTTP status " + std::to_string(status));
    const auto length = header_of(head, "content-length");
    std::size_t body = 0;
    std::from_chars(length.data(), length.data() + length.size(), body);
    if (answers_.size() < end + 4 + body) return {};
    answers_.erase(0, end + 4 + body);
    is_asking_ = false;
    return {};
  }

  byte_pipe pipe_;
  const publish_target target_;
  const std::string padding_;
  std::deque<std::string> waiting_;  // bodies
  bool is_asking_ = false;           // a request is not answered yet
  std::string answers_;
};

using opened = tl::expected<std::unique_ptr<broadcast_source>, std::string>;

opened open_posting_source(const bench_options& options) {
  auto target = *parse_publish_url(options.publish_url);  // find_mistake() saw that it is one
  const auto server = resolve(target.server);
  if (!server) return tl::unexpected("--publish-url: " + server.error());
  const auto fd = dial_and_wait(*server);
  if (!fd) return tl::unexpected("--publish-url: " + fd.error());
  return std::make_unique<posting_source>(*fd, options, std::move(target));
}

opened open_emitting_source(const bench_options& options, const server_address& server) {
  const auto fd = dial_and_wait(server);
  if (!fd) return tl::unexpected("control connection: " + fd.error());
  auto source = std::make_unique<emitting_source>(*fd, options, server.host_port);
  if (const auto joined = source->join(); !joined)
    return tl::unexpected("control connection: " + joined.error());
  return source;
}

}  // namespace

opened open_broadcast_source(const bench_options& options,
                             const std::vector<server_address>& servers) {
  if (!options.publish_url.empty()) return open_posting_source(options);
  return open_emitting_source(options, servers.front());
}

}  // namespace pushmesh::bench
