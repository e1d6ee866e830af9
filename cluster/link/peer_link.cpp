#include "cluster/link/peer_link.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <exception>
#include <type_traits>
#include <utility>
#include <variant>

namespace pushmesh::cluster {

namespace {

constexpr auto tick_interval = std::chrono::milliseconds(100);
/// How often the round trip is measured where the failure detector asks for nothing: on busy links.
constexpr auto round_trip_interval = std::chrono::seconds(1);
/// Batches sent for one message to us: others of the worker get their turn in between.
constexpr int batches_per_turn = 16;
/// Of those that came before we knew that the link counts. The other side sends no more before we
/// return credit, of which these take at least one byte each.
constexpr std::size_t max_early = 1024;

std::uint64_t now_us() {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(
                                        std::chrono::steady_clock::now().time_since_epoch())
                                        .count());
}

std::string text_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "of unknown type";
  }
}

template <class Item, class... Any>
constexpr bool is_any = (std::is_same_v<Item, Any> || ...);
/// What only proves that the other side can reach us: see failure_detector.
template <class Item>
constexpr bool is_no_progress = is_any<Item, wire_v1::ping, wire_v1::gossip>;

}  // namespace

peer_link::peer_link(caf::actor_config& cfg, setup s)
    : guarded_actor(cfg), s_(std::move(s)), detector_(clock::now()) {}

peer_link::~peer_link() = default;

caf::behavior peer_link::make_behavior() {
  set_default_handler(caf::drop);
  set_exception_handler([this](std::exception_ptr& thrown) -> caf::error {
    fail("an exception in our own code: " + text_of(thrown));
    return caf::none;
  });
  set_down_handler([this](const caf::down_msg&) { fail("the connection is lost"); });
  monitor(s_.remote);
  delayed_send(this, tick_interval, link_tick{});
  return {
      [this](link_batch& b) { receive(b); },
      [this](const link_wake&) {
        if (!stood_still()) flush();
      },
      [this](const link_taken& t) { taken(t.bytes); },
      [this](const link_order& o) { obey(o); },
      [this](const link_tick&) { tick(); },
  };
}

void peer_link::on_exit() {
  s_.outbox->close();
  sink_.reset();
  s_ = {};
  peer_.reset();
}

// ---- orders of the gateway ----------------------------------------------------------------------

void peer_link::obey(const link_order& o) {
  if (ended_) return;
  switch (o.order) {
    case link_order::what::hello:
      return send_hello(o);
    case link_order::what::welcome:
      send_control(wire_v1::welcome{});
      return;
    case link_order::what::gossip:
      send_control(wire_v1::gossip{o.addresses});
      return;
    case link_order::what::up:
      return come_up(o.peer);
    case link_order::what::drop:
      if (o.reason == drop_reason::refused)
        send_control(wire_v1::hello_answer{o.verdict, o.text, s_.own});
      ended_ = true;
      quit();
      return;
    case link_order::what::leave:
      return leave(wire_v1::goodbye_reason::shutting_down);
  }
}

void peer_link::send_hello(const link_order& o) {
  if (s_.dialled)
    send_control(wire_v1::hello{s_.own});
  else
    send_control(wire_v1::hello_answer{o.verdict, o.text, s_.own});
}

void peer_link::come_up(const peer_ref& peer) {
  peer_ = peer;
  sink_ = s_.services->open_sink(peer);
  detector_ = failure_detector(clock::now());
  while (!early_.empty() && !ended_) {
    auto bytes = std::move(early_.front());
    early_.pop_front();
    take(std::move(bytes));
  }
  flush();
}

void peer_link::leave(wire_v1::goodbye_reason why) {
  send_control(wire_v1::goodbye{why, {}});
  fail("we left");
}

// ---- batches ------------------------------------------------------------------------------------

/// Our hello went to the other side's gateway; whoever answers there is the other end.
void peer_link::adopt_sender() {
  const auto sender = caf::actor_cast<caf::actor>(current_sender());
  if (sender == s_.remote) return;
  demonitor(s_.remote);
  s_.remote = sender;
  monitor(s_.remote);
  s_.dialled = false;  // from now on it is as if it had dialled us
}

void peer_link::receive(link_batch& b) {
  if (ended_ || !from_outside() || stood_still()) return;
  if (current_sender()->node() != s_.remote.node()) return;
  if (s_.dialled)
    adopt_sender();
  else if (caf::actor_cast<caf::actor>(current_sender()) != s_.remote)
    return;
  if (b.version != 1) return fail("it speaks another version of the wire format");
  switch (order_.check(b.sequence)) {
    case batch_order::arrival::next:
      break;
    case batch_order::arrival::repeated:
      return;
    case batch_order::arrival::gap:
      return fail("batches are missing");
  }
  if (!welcomed_ || peer_) return take(std::move(b.bytes));
  if (early_.size() == max_early) return fail("it sends before the link is up");
  early_.push_back(std::move(b.bytes));
}

void peer_link::take(std::string bytes) {
  const auto began = clock::now();
  const auto batch = std::make_shared<const std::string>(std::move(bytes));
  const auto cost = wire_v1::credit_cost(*batch);
  if (!cost) return fail("it sends no wire format: " + cost.error().message());
  if (*cost > 0 && !peer_) return fail("it sends before the link is up");
  if (!receive_credit_.received(*cost)) return fail("it sends more than it may");
  wire_v1::wire_reader reader(*batch);
  for (;;) {
    const auto raw = reader.next();
    if (!raw) return fail(raw.error().message());
    if (!*raw) break;
    if (!take_item(**raw) || ended_) return;
  }
  if (peer_) {
    peer_->batches_in.fetch_add(1, std::memory_order_relaxed);
    peer_->bytes_in.fetch_add(batch->size(), std::memory_order_relaxed);
  }
  if (*cost == 0) return;
  detector_.progress(began);
  // The credit comes back from whichever thread is the last to be done with the bytes.
  auto returned = [self = caf::actor_cast<caf::actor>(this), taken = *cost, batch](void*) {
    caf::anon_send(self, link_taken{taken});
  };
  sink_->end_of_batch(std::shared_ptr<void>(nullptr, std::move(returned)));
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - began);
  peer_->handler_us.fetch_add(took.count(), std::memory_order_relaxed);
}

bool peer_link::take_item(const wire_v1::raw_item& raw) {
  const auto whole = parts_.add(raw);
  if (!whole) {
    fail(whole.error().message());
    return false;
  }
  if (!*whole) return true;  // a part of something
  const auto item = wire_v1::decode(**whole);
  if (!item) {
    fail(item.error().message());
    return false;
  }
  std::visit([this](const auto& x) { handle(x); }, *item);
  if (sink_ && !ended_ && wire_v1::needs_credit((**whole).kind))
    sink_->take(*item, (**whole).bytes.data() == raw.bytes.data());
  return !ended_;
}

template <class Item>
void peer_link::handle(const Item& x) {
  using namespace wire_v1;
  if constexpr (!needs_credit(Item::kind) && !is_no_progress<Item>)
    detector_.progress(clock::now());
  if constexpr (std::is_same_v<Item, wire_v1::hello>) {
    tell({link_news::what::hello, 0, {}, x.self.copy()});
  } else if constexpr (std::is_same_v<Item, hello_answer>) {
    const auto what =
        x.verdict == hello_verdict::accept ? link_news::what::hello : link_news::what::refused;
    tell({what, 0, x.verdict, x.self.copy(), std::string(x.sentence)});
  } else if constexpr (std::is_same_v<Item, wire_v1::welcome>) {
    welcomed_ = true;
    tell({link_news::what::welcome});
  } else if constexpr (std::is_same_v<Item, wire_v1::gossip>) {
    tell({link_news::what::gossip, 0, {}, {}, {}, x.addresses.template copy<std::string>()});
  } else if constexpr (std::is_same_v<Item, goodbye>) {
    tell({link_news::what::goodbye, 0, {}, {}, std::string(x.sentence)});
  } else if constexpr (std::is_same_v<Item, ping>) {
    send_control(pong{x.id, x.time_us});
  } else if constexpr (std::is_same_v<Item, pong>) {
    if (const auto now = now_us(); peer_ && x.id <= pings_ && x.time_us <= now)
      peer_->round_trip_us = static_cast<std::int64_t>(now - x.time_us);
  } else if constexpr (std::is_same_v<Item, credit>) {
    if (!send_credit_.grant(x.bytes)) return fail("it returns more credit than we used");
    flush();
  }
}

void peer_link::flush() {
  for (int n = 0; !ended_; ++n) {
    if (n == batches_per_turn) {
      send(this, link_wake{});
      return;
    }
    // What needs credit may wait already, but the other side takes it only once it is up.
    auto batch = s_.outbox->take_batch(peer_ ? send_credit_.available() : 0);
    if (!batch) return;
    send_credit_.spend(batch->cost);
    if (peer_) {
      peer_->batches_out.fetch_add(1, std::memory_order_relaxed);
      peer_->bytes_out.fetch_add(batch->bytes.size(), std::memory_order_relaxed);
    }
    send(s_.remote, link_batch{1, batch->sequence, std::move(batch->bytes)});
  }
}

void peer_link::taken(std::size_t bytes) {
  if (!receive_credit_.taken(bytes)) return;
  return_credit(receive_credit_.gathered_return());
}

void peer_link::return_credit(std::size_t bytes) {
  if (bytes > 0) send_control(wire_v1::credit{bytes});
}

template <class Item>
void peer_link::send_control(const Item& item) {
  s_.outbox->send(item);
  flush();
}

// ---- life ---------------------------------------------------------------------------------------

void peer_link::tick() {
  if (ended_ || stood_still()) return;
  delayed_send(this, tick_interval, link_tick{});
  if (!peer_) return;  // the gateway keeps the time of handshakes
  return_credit(receive_credit_.idle_return());
  ask_for_life();
}

/// The other side has declared the link down meanwhile. What waits in either direction would come
/// late, and perhaps behind what is sent over the next link.
bool peer_link::stood_still() {
  if (!peer_ || !detector_.stood_still(clock::now())) return false;
  fail("this process stood still");
  return true;
}

void peer_link::ask_for_life() {
  using state = failure_detector::state;
  const auto now = clock::now();
  const auto decision = detector_.tick(now);
  if (decision.send_ping || now >= next_ping_) {
    next_ping_ = now + round_trip_interval;
    send_control(wire_v1::ping{++pings_, now_us()});
  }
  if (!decision.changed) return;
  peer_->suspected = decision.now != state::up;
  if (decision.now == state::down) return fail("no sign of life");
  tell(
      {decision.now == state::suspected ? link_news::what::suspected : link_news::what::recovered});
}

void peer_link::tell(link_news news) {
  news.link = s_.link;
  send(s_.gateway, std::move(news));
}

void peer_link::fail(const std::string& why) {
  if (std::exchange(ended_, true)) return;
  tell({link_news::what::lost, 0, {}, {}, why});
  quit();
}

}  // namespace pushmesh::cluster
