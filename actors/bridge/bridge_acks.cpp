#include "actors/bridge/bridge_acks.hpp"

#include <chrono>
#include <utility>

#include "actors/ack_collector.hpp"
#include "actors/api/json_writer.hpp"
#include "actors/bridge/redis_advice.hpp"
#include "actors/cluster_port.hpp"
#include "actors/node_core.hpp"
#include "actors/router.hpp"
#include "actors/shard.hpp"
#include "net/protocol/json_scanner.hpp"

namespace pushmesh::actors {
namespace {

using clock = std::chrono::steady_clock;

/// Redis confirms these in one way there and back; each waits for those in front of it, at most
/// redis_options::command_timeout.
constexpr std::size_t publishes_under_way = 1'000;
/// Some 200,000 acknowledgements: of a broadcast to as many clients, all at once.
constexpr std::size_t max_waiting_bytes = 48 * 1024 * 1024;
constexpr std::size_t longest_message_id = 256;
constexpr auto between_complaints = std::chrono::minutes(1);

struct published_ack {
  std::optional<std::string_view> user;
  std::string_view socket, node;
  std::int64_t ms;
};

template <class Fields>
void json_fields(Fields& f, published_ack& a) {
  f("user", a.user);
  f("socket", a.socket);
  f("node", a.node);
  f("ms", a.ms);
}

}  // namespace

std::string ack_message(const ack_reply& reply, std::chrono::milliseconds after) {
  published_ack a{std::nullopt, reply.socket.view(), reply.node, after.count()};
  if (!reply.user.empty()) a.user = reply.user;
  std::string text;
  append_json(text, a);
  return text;
}

std::string message_id_of(std::string_view args) {
  const auto first = args.substr(0, args.find_first_of(",\"\\"));
  auto raw = first;
  if (args.starts_with('"')) {
    // The id ends at the first quote that is not escaped.
    auto end = std::size_t{1};
    while (end < args.size() && args[end] != '"') end += args[end] == '\\' ? 2 : 1;
    if (end >= args.size()) return {};
    raw = args.substr(0, end + 1);
  } else if (args.empty() || args.find_first_not_of("-0123456789.eE+") < first.size()) {
    return {};
  }
  if (raw.size() > longest_message_id) return {};
  return raw.starts_with('"') ? net::decode_json_string(raw) : std::string(raw);
}

/// One event that was sent, until everybody answered or the time is over.
class bridge_acks::question final : public ack_listener {
 public:
  question(std::weak_ptr<bridge_acks> asker, shard& home, std::string channel)
      : asker_(std::move(asker)), home_(home), channel_(std::move(channel)) {}

  void acknowledged(ack_reply reply) override {
    const auto after = std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - began_);
    home_.post([asker = asker_, m = ack_outbox::message{channel_, ack_message(reply, after)}] {
      if (const auto self = asker.lock()) self->publish_soon(m);
    });
  }

  void not_asked() override {
    home_.post([asker = asker_] {
      if (const auto self = asker.lock()) self->counters_.acks_not_asked.add();
    });
  }

 private:
  const std::weak_ptr<bridge_acks> asker_;  // locked on its own shard only
  shard& home_;
  const std::string channel_;
  const clock::time_point began_ = clock::now();
};

bridge_acks::bridge_acks(node_core& core, shard& home, const bridge_options& options,
                         const std::string& key, bridge_counters& counters, publisher publish)
    : core_(core),
      home_(home),
      options_(options),
      counters_(counters),
      publish_(std::move(publish)),
      key_(key),
      channel_prefix_(key + "-acks#"),
      events_(options.ack_events.begin(), options.ack_events.end()),
      outbox_(publishes_under_way, max_waiting_bytes) {}

bool bridge_acks::emit(const address& to, const net::bridge_event& event) {
  if (!events_.contains(event.name)) return false;
  const auto id = message_id_of(event.args);
  if (id.empty()) {
    counters_.acks_not_asked.add();
    return false;
  }
  auto& routes = core_.routes();
  const auto args = payload(event.args, event.attachments);
  const auto request = routes.next_request_id();
  const auto asked =
      std::make_shared<question>(weak_from_this(), home_, channel_prefix_ + to.nsp + '#' + id);
  routes.here().emit_with_acks(to, event.name, args, request, options_.ack_timeout, asked);
  if (auto* const others = routes.beyond(to))
    ask_others(*others, to, event.name, args, request, asked);
  return true;
}

/// Other nodes report all acknowledgements of their sockets together.
void bridge_acks::ask_others(cluster_port& others, const address& to, std::string_view event,
                             const payload& args, std::uint64_t request,
                             const std::shared_ptr<ack_listener>& asked) {
  const auto replies = std::make_shared<ack_collector>(home_, [asked](ack_result r) {
    for (auto& reply : r.acked) asked->acknowledged(std::move(reply));
  });
  others.emit_with_ack(to, event, args, request, {.timeout = options_.ack_timeout}, replies);
  replies->launched();
}

void bridge_acks::publish_soon(ack_outbox::message m) {
  if (!outbox_.push(std::move(m))) lost(1, "too many wait for Redis");
  pump();
}

void bridge_acks::pump() {
  while (const auto m = outbox_.next())
    publish_(m->channel, m->text, [weak = weak_from_this()](const net::redis::redis_result& r) {
      if (const auto self = weak.lock()) self->published(r);
    });
}

// Without Redis nobody listens either: what waits is not kept for later.
void bridge_acks::published(const net::redis::redis_result& r) {
  outbox_.done();
  if (r) {
    counters_.acks.add();
  } else {
    const auto refused = r.error().code == net::redis::redis_errc::refused;
    lost(1 + (refused ? 0 : outbox_.clear()), r.error().text);
  }
  pump();
}

void bridge_acks::lost(std::size_t count, const std::string& why) {
  counters_.acks_lost.add(static_cast<std::int64_t>(count));
  const auto now = home_.loop().now();
  if (now < may_complain_) return;
  may_complain_ = now + between_complaints;
  const auto advice = advice_for(why, key_);
  core_.log(log_level::warn, "emitter bridge: acknowledgements are lost (" +
                                 std::to_string(counters_.acks_lost.get()) + " so far): " + why +
                                 (advice.empty() ? "" : "; " + advice));
}

}  // namespace pushmesh::actors
