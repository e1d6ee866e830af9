#include "cluster/push/store/store_wire.hpp"

#include <memory>
#include <variant>

namespace pushmesh::cluster::push {

namespace {

namespace wire = wire_v1;
using step = wire::store_change::step;

std::uint64_t ms(store_time t) {
  return static_cast<std::uint64_t>(t.time_since_epoch().count());
}
store_time time_of(std::uint64_t t) {
  return store_time(std::chrono::milliseconds(static_cast<std::int64_t>(t)));
}

// ---- values as the wire has them ----------------------------------------------------------------

wire::store_epoch on_wire(const store_epoch& e) {
  return {e.number, e.by};
}
wire::store_state on_wire(const record_state& s) {
  return {on_wire(s.epoch), s.version};
}
wire::store_head on_wire(const record_head& h) {
  return {on_wire(h.state), {h.past, [](const record_state& s) { return on_wire(s); }}};
}
wire::store_device on_wire(const online_device& d) {
  return {d.device.view(), d.platform.view(), d.socket, d.home, d.node, ms(d.since), d.address};
}
wire::store_payload on_wire(const stored_message& m) {
  return {m.id.view(), m.event, m.args, ms(m.created), ms(m.expires)};
}
wire::store_loser on_wire(const losing_device& l) {
  return {on_wire(l.device), static_cast<std::uint8_t>(l.reason), l.by.view()};
}

wire::store_change on_wire(const user_change& change) {
  wire::store_change x;
  x.what = static_cast<step>(change.index());
  if (const auto* const c = std::get_if<device_put>(&change)) {
    x.device = on_wire(c->device);
  } else if (const auto* const c = std::get_if<device_gone>(&change)) {
    x.socket = c->socket;
  } else if (const auto* const c = std::get_if<tag_put>(&change)) {
    x.name = c->tag.view(), x.detail = static_cast<std::uint8_t>(c->source);
  } else if (const auto* const c = std::get_if<tag_gone>(&change)) {
    x.name = c->tag.view(), x.detail = static_cast<std::uint8_t>(c->source);
  } else if (const auto* const c = std::get_if<message_queued>(&change)) {
    x.message = on_wire(*c->message), x.number = c->attempts, x.at = ms(c->at);
  } else if (const auto* const c = std::get_if<message_sent>(&change)) {
    x.name = c->id.view(), x.number = c->attempts, x.at = ms(c->at);
  } else if (const auto* const c = std::get_if<message_removed>(&change)) {
    x.name = c->id.view(), x.detail = static_cast<std::uint8_t>(c->why), x.number = c->attempts;
    x.by = c->device.view(), x.at = ms(c->at);
  } else if (const auto* const c = std::get_if<cursor_moved>(&change)) {
    x.number = c->to.value;
  }
  return x;
}
wire::list<wire::store_change> on_wire(const user_changes& changes) {
  return {changes, [](const user_change& c) { return on_wire(c); }};
}
wire::texts on_wire(const std::vector<tag_name>& tags) {
  return {tags, [](const tag_name& t) { return t.view(); }};
}

wire::store_request on_wire(const user_request& m) {
  const auto& op = m.operation;
  wire::store_request x{{m.id},
                        m.user.view(),
                        static_cast<std::uint8_t>(op.verb),
                        {},
                        {},
                        on_wire(op.tags),
                        op.message.view(),
                        {}};
  if (op.device.socket.empty())
    x.by = op.device.device.view();
  else
    x.device = on_wire(op.device);
  if (op.payload) x.payload = on_wire(*op.payload);
  return x;
}
wire::store_answer on_wire(const user_answer& m) {
  const auto& o = m.outcome;
  return {{m.id},
          m.not_owner,
          static_cast<std::uint8_t>(o.error ? static_cast<int>(*o.error) : 0),
          o.count,
          {o.losers, [](const losing_device& l) { return on_wire(l); }},
          {o.view.devices, [](const online_device& d) { return on_wire(d); }},
          on_wire(o.view.tags),
          {o.view.waiting,
           [](const offline_queue::entry& e) {
             return wire::store_waiting{on_wire(*e.message), e.attempts};
           }},
          o.view.offline};
}
wire::store_claim on_wire(const claim_request& m) {
  return {m.user.view(), on_wire(m.epoch)};
}
wire::store_claim_answer on_wire(const claim_answer& m) {
  wire::store_claim_answer x{m.user.view(),     on_wire(m.epoch), on_wire(m.promised), {},
                             on_wire(m.record), m.logins};
  if (m.head) x.head = on_wire(*m.head);
  return x;
}
wire::store_write on_wire(const copy_write& m) {
  return {m.user.view(), on_wire(m.head), m.whole, on_wire(m.changes)};
}
wire::store_written on_wire(const copy_answer& m) {
  return {m.user.view(), on_wire(m.state), static_cast<std::uint8_t>(m.what), on_wire(m.promised)};
}
wire::store_release on_wire(const copy_release& m) {
  return {m.user.view(), on_wire(m.state), on_wire(m.epoch)};
}
wire::store_hint on_wire(const owner_hint& m) {
  return {m.user.view(), on_wire(m.state), on_wire(m.promised)};
}
wire::store_lost on_wire(const device_lost& m) {
  return {m.user.view(), on_wire(m.loser)};
}

// ---- and back -----------------------------------------------------------------------------------

store_epoch value(const wire::store_epoch& x) {
  return {x.number, x.by};
}
record_state value(const wire::store_state& x) {
  return {value(x.epoch), x.version};
}
record_head value(const wire::store_head& x) {
  record_head h{value(x.state), {}};
  for (const auto& s : x.past) h.past.push_back(value(s));
  return h;
}
online_device value(const wire::store_device& x) {
  return {device_id(x.device), platform_name(x.platform), x.socket, x.home, std::string(x.node),
          time_of(x.since),    std::string(x.address)};
}
message_ref value(const wire::store_payload& x) {
  return std::make_shared<const stored_message>(
      stored_message{message_id(x.id), std::string(x.event), std::string(x.args),
                     time_of(x.created), time_of(x.expires)});
}
losing_device value(const wire::store_loser& x) {
  return {value(x.device), static_cast<loss_reason>(x.reason), platform_name(x.by)};
}

user_change value(const wire::store_change& x) {
  const auto attempts = static_cast<std::uint16_t>(x.number);
  // Of two sources and three reasons the wire lets three numbers pass for both.
  const auto source = x.detail == 0 ? tag_source::granted : tag_source::claimed;
  switch (x.what) {
    case step::device_put:
      return device_put{value(*x.device)};
    case step::device_gone:
      return device_gone{x.socket};
    case step::tag_put:
      return tag_put{tag_name(x.name), source};
    case step::tag_gone:
      return tag_gone{tag_name(x.name), source};
    case step::message_queued:
      return message_queued{value(*x.message), attempts, time_of(x.at)};
    case step::message_sent:
      return message_sent{message_id(x.name), attempts, time_of(x.at)};
    case step::message_removed:
      return message_removed{message_id(x.name), static_cast<removal>(x.detail), attempts,
                             device_id(x.by), time_of(x.at)};
    case step::cursor_moved:
      break;
  }
  return cursor_moved{{x.number}};
}
user_changes value(const wire::list<wire::store_change>& x) {
  user_changes changes;
  changes.reserve(x.size());
  for (const auto& c : x) changes.push_back(value(c));
  return changes;
}

}  // namespace

tl::expected<std::size_t, wire_v1::wire_error> encode(std::string& out, const store_message& m) {
  return std::visit([&](const auto& one) { return wire::encode(out, on_wire(one)); }, m);
}

store_message from_wire(const wire_v1::store_request& x) {
  user_request m{x.id.value, user_id(x.user), {}};
  m.operation.verb = static_cast<user_verb>(x.verb);
  if (x.device) m.operation.device = value(*x.device);
  if (!x.device) m.operation.device.device = device_id(x.by);
  m.operation.tags = x.tags.copy<tag_name>();
  m.operation.message = message_id(x.message);
  if (x.payload) m.operation.payload = value(*x.payload);
  return m;
}

store_message from_wire(const wire_v1::store_answer& x) {
  user_answer m{x.id.value, x.not_owner, {}};
  if (x.error != 0) m.outcome.error = static_cast<store_errc>(x.error);
  m.outcome.count = x.count;
  for (const auto& l : x.losers) m.outcome.losers.push_back(value(l));
  for (const auto& d : x.devices) m.outcome.view.devices.push_back(value(d));
  m.outcome.view.tags = x.tags.copy<tag_name>();
  for (const auto& w : x.waiting) m.outcome.view.waiting.push_back({value(w.message), w.attempts});
  m.outcome.view.offline = x.offline;
  return m;
}

store_message from_wire(const wire_v1::store_claim& x) {
  return claim_request{user_id(x.user), value(x.epoch)};
}
store_message from_wire(const wire_v1::store_claim_answer& x) {
  claim_answer m{user_id(x.user), value(x.epoch), value(x.promised), {},
                 value(x.record), x.logins.copy()};
  if (x.head) m.head = value(*x.head);
  return m;
}
store_message from_wire(const wire_v1::store_write& x) {
  return copy_write{user_id(x.user), value(x.head), x.whole, value(x.changes)};
}
store_message from_wire(const wire_v1::store_written& x) {
  return copy_answer{user_id(x.user), value(x.state), static_cast<copy_answer::verdict>(x.verdict),
                     value(x.promised)};
}
store_message from_wire(const wire_v1::store_release& x) {
  return copy_release{user_id(x.user), value(x.state), value(x.epoch)};
}
store_message from_wire(const wire_v1::store_hint& x) {
  return owner_hint{user_id(x.user), value(x.state), value(x.promised)};
}
store_message from_wire(const wire_v1::store_lost& x) {
  return device_lost{user_id(x.user), value(x.loser)};
}

}  // namespace pushmesh::cluster::push
