#include "cluster/link/wire_v1.hpp"

#include <array>
#include <utility>
#include <variant>

#include "cluster/link/wire_v1_archive.hpp"

namespace pushmesh::cluster::wire_v1 {

namespace {

template <class T>
concept may_grow = requires {
  T::may_grow;
};

template <class... T>
constexpr std::array<bool, 256> make_known(const std::variant<T...>*) {
  std::array<bool, 256> known{};
  ((known[static_cast<std::size_t>(T::kind)] = true), ...);
  known[static_cast<std::size_t>(item_kind::fifo_part)] = true;
  known[static_cast<std::size_t>(item_kind::reply_part)] = true;
  known[static_cast<std::size_t>(item_kind::session_part)] = true;
  return known;
}
constexpr auto known_kinds = make_known(static_cast<const item*>(nullptr));

template <class... T>
tl::expected<item, wire_error> decode_any(const raw_item& raw, const std::variant<T...>*) {
  tl::expected<item, wire_error> result =
      tl::make_unexpected(wire_error{wire_errc::unknown_kind, raw.kind});
  const auto attempt = [&]<class U>(const U*) {
    if (raw.kind != U::kind) return false;
    auto one = decode<U>(raw.body);
    if (one)
      result.emplace(*one);
    else
      result = tl::make_unexpected(one.error());
    return true;
  };
  (attempt(static_cast<const T*>(nullptr)) || ...);
  return result;
}

}  // namespace

identity::identity(const peer_identity& p) noexcept
    : wire_version(p.wire_version),
      cluster(p.cluster),
      name(p.name),
      incarnation(p.incarnation),
      tag(p.tag),
      role(p.role),
      address(p.address) {}

peer_identity identity::copy() const {
  peer_identity p;
  p.name = name;
  p.incarnation = incarnation;
  p.tag = tag;
  p.cluster = cluster;
  p.wire_version = wire_version;
  p.role = role;
  p.address = address;
  return p;
}

template <class T>
tl::expected<std::size_t, wire_error> encode(std::string& out, const T& x) {
  sizer s;
  T::fields(s, x);
  if (s.fault() != no_fault) return tl::make_unexpected(wire_error{s.fault(), T::kind});
  if (s.size() > max_joined) return tl::make_unexpected(wire_error{wire_errc::too_long, T::kind});
  const auto before = out.size();
  const auto total = 1 + varint_size(s.size()) + s.size();
  out.resize(before + total);
  writer w(out.data() + before);
  w.code(T::kind, T::kind);
  w.number(s.size());
  T::fields(w, x);
  return total;
}

tl::expected<std::size_t, wire_error> encode(std::string& out, const item& x) {
  return std::visit([&](const auto& one) { return encode(out, one); }, x);
}

template <class T>
tl::expected<T, wire_error> decode(std::string_view body) {
  reader r(body);
  T x;
  T::fields(r, x);
  if (r.fault() != no_fault) return tl::make_unexpected(wire_error{r.fault(), T::kind, r.offset()});
  if (!may_grow<T> && !r.at_end())
    return tl::make_unexpected(wire_error{wire_errc::trailing_bytes, T::kind, r.offset()});
  return x;
}

tl::expected<item, wire_error> decode(const raw_item& raw) {
  return decode_any(raw, static_cast<const item*>(nullptr));
}

tl::unexpected<wire_error> wire_reader::fail(wire_errc e) noexcept {
  const auto at = at_;
  at_ = batch_.size();
  return tl::make_unexpected(wire_error{e, item_kind::none, at});
}

tl::expected<std::optional<raw_item>, wire_error> wire_reader::next() noexcept {
  while (at_ < batch_.size()) {
    const auto kind = static_cast<item_kind>(batch_[at_]);
    reader r(batch_.substr(at_ + 1));
    const auto length = r.varint();
    if (r.fault() != no_fault) return fail(r.fault());
    const auto head = 1 + r.offset();
    if (length > longest_ || head + length > longest_) return fail(wire_errc::too_long);
    if (length > batch_.size() - at_ - head) return fail(wire_errc::cut_short);
    const auto bytes = batch_.substr(at_, head + static_cast<std::size_t>(length));
    at_ += bytes.size();
    if (needs_credit(kind)) cost_ += bytes.size();
    if (known_kinds[static_cast<std::uint8_t>(kind)])
      return raw_item{kind, bytes.substr(head), bytes};
    ++skipped_;
  }
  return std::nullopt;
}

tl::expected<std::size_t, wire_error> credit_cost(std::string_view batch) noexcept {
  wire_reader reader(batch);
  for (;;) {
    const auto next = reader.next();
    if (!next) return tl::make_unexpected(next.error());
    if (!*next) return reader.cost();
  }
}

#define PUSHMESH_WIRE_ITEM(type)                                                    \
  template tl::expected<std::size_t, wire_error> encode(std::string&, const type&); \
  template tl::expected<type, wire_error> decode<type>(std::string_view)
PUSHMESH_WIRE_ITEM(hello);
PUSHMESH_WIRE_ITEM(hello_answer);
PUSHMESH_WIRE_ITEM(ping);
PUSHMESH_WIRE_ITEM(pong);
PUSHMESH_WIRE_ITEM(credit);
PUSHMESH_WIRE_ITEM(goodbye);
PUSHMESH_WIRE_ITEM(welcome);
PUSHMESH_WIRE_ITEM(gossip);
PUSHMESH_WIRE_ITEM(emit);
PUSHMESH_WIRE_ITEM(rooms_join);
PUSHMESH_WIRE_ITEM(rooms_leave);
PUSHMESH_WIRE_ITEM(disconnect);
PUSHMESH_WIRE_ITEM(interest_delta);
PUSHMESH_WIRE_ITEM(snapshot_part);
PUSHMESH_WIRE_ITEM(interest_check);
PUSHMESH_WIRE_ITEM(fetch_request);
PUSHMESH_WIRE_ITEM(server_emit);
PUSHMESH_WIRE_ITEM(ack_finish);
PUSHMESH_WIRE_ITEM(watch);
PUSHMESH_WIRE_ITEM(unwatch);
PUSHMESH_WIRE_ITEM(sync);
PUSHMESH_WIRE_ITEM(bridging);
PUSHMESH_WIRE_ITEM(feed_ask);
PUSHMESH_WIRE_ITEM(feed_news);
PUSHMESH_WIRE_ITEM(publish);
PUSHMESH_WIRE_ITEM(ack_part);
PUSHMESH_WIRE_ITEM(fetch_reply);
PUSHMESH_WIRE_ITEM(lookup_request);
PUSHMESH_WIRE_ITEM(lookup_reply);
PUSHMESH_WIRE_ITEM(interest_confirm);
PUSHMESH_WIRE_ITEM(interest_repair);
PUSHMESH_WIRE_ITEM(server_emit_reply);
PUSHMESH_WIRE_ITEM(watch_ended);
PUSHMESH_WIRE_ITEM(sync_reply);
PUSHMESH_WIRE_ITEM(nodes_request);
PUSHMESH_WIRE_ITEM(nodes_reply);
PUSHMESH_WIRE_ITEM(session_request);
PUSHMESH_WIRE_ITEM(session_answer);
PUSHMESH_WIRE_ITEM(tunnel_open);
PUSHMESH_WIRE_ITEM(tunnel_data);
PUSHMESH_WIRE_ITEM(tunnel_credit);
PUSHMESH_WIRE_ITEM(tunnel_end);
PUSHMESH_WIRE_ITEM(session_lend);
PUSHMESH_WIRE_ITEM(session_release);
PUSHMESH_WIRE_ITEM(session_late);
PUSHMESH_WIRE_ITEM(session_fence);
PUSHMESH_WIRE_ITEM(session_fence_reply);
PUSHMESH_WIRE_ITEM(session_parcel);
PUSHMESH_WIRE_ITEM(session_rest);
PUSHMESH_WIRE_ITEM(session_ack);
PUSHMESH_WIRE_ITEM(store_request);
PUSHMESH_WIRE_ITEM(store_answer);
PUSHMESH_WIRE_ITEM(store_claim);
PUSHMESH_WIRE_ITEM(store_claim_answer);
PUSHMESH_WIRE_ITEM(store_write);
PUSHMESH_WIRE_ITEM(store_written);
PUSHMESH_WIRE_ITEM(store_release);
PUSHMESH_WIRE_ITEM(store_hint);
PUSHMESH_WIRE_ITEM(store_lost);
#undef PUSHMESH_WIRE_ITEM

/// Iterating over decoded lists.
template class list<std::string_view>;
template class list<std::uint64_t>;
template class list<interest_change>;
template class list<ack_answer>;
template class list<socket_id>;
template class list<socket_entry>;
template class list<header>;
template class list<blob>;
template class list<node_entry>;
template class list<tunnel_number>;
template class list<tunnel_grant>;
template class list<session_packet>;
template class list<store_state>;
template class list<store_device>;
template class list<store_loser>;
template class list<store_waiting>;
template class list<store_change>;

}  // namespace pushmesh::cluster::wire_v1
