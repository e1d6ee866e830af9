#include "actors/bridge/bridge.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "actors/address.hpp"
#include "actors/bridge/redis_advice.hpp"
#include "actors/local_sockets.hpp"
#include "actors/namespace_state.hpp"
#include "actors/node_core.hpp"
#include "actors/server_events.hpp"
#include "actors/shard.hpp"
#include "net/protocol/json_scanner.hpp"

namespace pushmesh::actors {

namespace {

using net::bridge_errc;

constexpr auto between_complaints = std::chrono::minutes(1);
/// A shard works thousands of jobs off in this time.
constexpr auto pause_length = std::chrono::milliseconds(10);
constexpr std::size_t longest_logged_channel = 100;

std::string with_slash(std::string_view nsp) {
  return nsp.starts_with('/') ? std::string(nsp) : "/" + std::string(nsp);
}

/// Channels come from publishers: nothing in them may look like a line of ours.
std::string shown(std::string_view channel) {
  std::string text;
  net::append_json_string(text, channel.substr(0, longest_logged_channel));
  return text;
}

std::string with_advice(const std::string& what, const std::string& advice) {
  return advice.empty() ? what : what + "; " + advice;
}

address whom(std::string nsp, std::vector<std::string> rooms, std::vector<std::string> except) {
  address to;
  to.nsp = std::move(nsp);
  to.everybody = rooms.empty();
  to.rooms = std::move(rooms);
  to.except = std::move(except);
  to.fed_only = true;  // the other nodes got the same message
  return to;
}

}  // namespace

bridge::pause_timer::pause_timer(bridge& b)
    : timer_node([](timer_node& n) { static_cast<pause_timer&>(n).owner.go_on(); }), owner(b) {}

bridge::bridge(node_core& core, shard& home, const redis_place& where,
               const bridge_options& options, bridge_publisher& publisher,
               bridge_counters& counters, bridge_state& state)
    : core_(core),
      home_(home),
      options_(options),
      publisher_(publisher),
      counters_(counters),
      state_(state),
      limits_{.max_message = options.max_message, .max_json = 2 * options.max_message},
      channels_(where.key),
      redis_options_{.tls = where.tls},
      probe_(channels_.probe(core.sockets_of(home).new_id().view())),
      place_("Redis at " + where.url.label()),
      subscription_(home.loop(), where.url, redis_options_, channels_.patterns(), probe_, *this),
      acks_(std::make_shared<bridge_acks>(
          core, home, options, channels_.key(), counters,
          [this](std::string_view channel, std::string_view text, auto done) {
            subscription_.publish(channel, text, std::move(done));
          })) {
  if (!core.cluster()) return;
  feed_.emplace(
      core, home, subscription_, channels_, probe_, counters,
      [this](std::string_view channel, std::string payload) {
        carry_out(channel, std::move(payload));
      },
      [this](const address& to, std::string_view event, const payload& args) {
        publisher_.publish_here(to, event, args);
      });
}

bridge::~bridge() {
  publisher_.use(home_, nullptr);
  counters_.up.set(0);
  state_.set(false, "stopped", {});
}

void bridge::on_live(const std::string& why_unproven) {
  counters_.up.set(1);
  counters_.connects.add();
  last_why_.clear();
  publisher_.use(home_, &subscription_);
  // Who reads that we listen and publishes then comes behind our marker.
  if (feed_) feed_->on_live();
  say_live(why_unproven);
}

void bridge::say_live(const std::string& why_unproven) {
  const auto listening = "listening on " + place_ + ", key " + shown(channels_.key());
  core_.log(log_level::info, "emitter bridge: " + listening);
  if (why_unproven.empty()) return state_.set(true, listening, {});
  const auto unproven =
      "messages may be missed without notice, a probe was refused: " + why_unproven;
  const auto advice = advice_for(why_unproven, channels_.key());
  state_.set(true, listening + "; " + unproven, advice);
  core_.log(log_level::warn, "emitter bridge: " + with_advice(unproven, advice));
}

// Attempts follow each other: only what is new is said.
void bridge::on_down(const std::string& why) {
  counters_.up.set(0);
  publisher_.use(home_, nullptr);
  if (feed_) feed_->on_down();
  const auto missed = "what is published is missed, trying again: " + place_ + ": " + why;
  const auto advice = advice_for(why, channels_.key());
  state_.set(false, missed, advice);
  if (why == last_why_) return;
  last_why_ = why;
  core_.log(log_level::warn, "emitter bridge: " + with_advice(missed, advice));
}

void bridge::on_message(std::string_view channel, std::string payload) {
  if (feed_)
    feed_->on_message(channel, std::move(payload));
  else
    carry_out(channel, std::move(payload));
}

void bridge::carry_out(std::string_view channel, std::string payload) {
  using kind = net::bridge_channels::kind;
  const auto what = channels_.kind_of(channel);
  if (what == kind::other) return;  // probes of other nodes
  counters_.messages.add();
  if (what == kind::broadcast)
    broadcast(channel, payload);
  else if (what == kind::request)
    request(channel, payload);
  else
    refuse(bridge_errc::emitter_0, channel);
  pause_if_overloaded();
}

void bridge::broadcast(std::string_view channel, std::string_view bytes) {
  if (bytes.starts_with(publisher_.head())) return counters_.own.add();
  auto b = net::decode_broadcast(bytes, limits_);
  if (!b) return refuse(b.error(), channel);
  const auto copy = net::match_channel(*b, channels_.key(), channel);
  if (!copy) return refuse(copy.error(), channel);
  if (*copy == net::bridge_copy::duplicate) return counters_.duplicates.add();
  const auto state = core_.namespaces().find(b->nsp);
  if (!state) {
    counters_.unclaimed.add();
    if (!feed_ || !feed_->feeding()) return;  // a node that is fed may have it
  }
  auto to = whom(std::move(b->nsp), std::move(b->rooms), std::move(b->except));
  if (state) to.handlers = &state->handlers();
  to.is_volatile = b->is_volatile;
  if (!acks_->emit(to, b->event))
    core_.routes().emit(to, b->event.name,
                        payload(std::move(b->event.args), std::move(b->event.attachments)));
  if (state) counters_.broadcasts.add();
}

void bridge::request(std::string_view channel, std::string_view bytes) {
  auto r = net::decode_request(bytes, limits_);
  if (!r) return refuse(r.error(), channel);
  using kind = net::bridge_request::kind;
  const auto forbidden = (r->what == kind::disconnect && !options_.disconnect_sockets) ||
                         (r->what == kind::server_side_emit && !options_.server_side_emit);
  if (forbidden) return refuse(bridge_errc::switched_off, channel);
  carry_out(with_slash(channels_.request_namespace(channel)), std::move(*r));
}

void bridge::carry_out(std::string nsp, net::bridge_request r) {
  using kind = net::bridge_request::kind;
  counters_.requests.add();
  if (r.what == kind::server_side_emit) {
    const auto message = std::make_shared<server_event_message>();
    message->nsp = std::move(nsp);
    message->name = std::move(r.event.name);
    message->args = payload(std::move(r.event.args), std::move(r.event.attachments));
    message->from = "bridge";
    if (feed_) feed_->server_event(message->nsp, message->name, message->args);
    return run_server_event(core_, message);
  }
  const auto to = whom(std::move(nsp), std::move(r.rooms), std::move(r.except));
  if (r.what == kind::join)
    core_.routes().join(to, r.names);
  else if (r.what == kind::leave)
    core_.routes().leave(to, r.names);
  else
    core_.routes().disconnect(to, r.close);
}

// The first of a kind is logged at once, the others once in a while with their number.
void bridge::refuse(bridge_errc why, std::string_view channel) {
  const auto index = static_cast<std::size_t>(why);
  counters_.refused[index].add();
  auto& c = complaints_[index];
  ++c.since;
  const auto now = home_.loop().now();
  if (c.ever && now - c.logged < between_complaints) return;
  c.ever = true;
  c.logged = now;
  core_.log(log_level::warn,
            "emitter bridge: a message on " + shown(channel) + " was dropped (" +
                std::to_string(std::exchange(c.since, 0)) +
                " of this kind since the last line): " + std::string(net::to_string(why)));
}

/// Everything that is read becomes jobs and frames: reading less is what keeps them few.
bool bridge::overloaded() const {
  if (home_.loop().budget().current() == net::outbound_budget::level::full) return true;
  return std::any_of(core_.shards().begin(), core_.shards().end(),
                     [](const auto& s) { return s->crowded(); });
}

void bridge::pause_if_overloaded() {
  if (pause_timer_.armed() || !overloaded()) return;
  counters_.pauses.add();
  subscription_.pause();
  home_.loop().timers().arm(pause_timer_, home_.loop().now(), pause_length);
}

void bridge::go_on() {
  if (overloaded())
    home_.loop().timers().arm(pause_timer_, home_.loop().now(), pause_length);
  else
    subscription_.resume();
}

}  // namespace pushmesh::actors
