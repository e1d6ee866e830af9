#include "cluster/link/wire_replies.hpp"

#include "cluster/link/wire_address.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace pushmesh::cluster {

namespace {

/// An item ends when it holds so many bytes of entries, or so many entries.
constexpr std::size_t enough_bytes = wire_v1::batch_target;
constexpr std::size_t enough_entries = 2048;

/// How many of the entries fill one item, at least one.
template <class T, class Size>
std::size_t that_fit(std::span<const T> entries, Size size_of) {
  std::size_t bytes = 0, n = 0;
  while (n < entries.size() && n < enough_entries && bytes < enough_bytes)
    bytes += size_of(entries[n++]);
  return n;
}

template <class T>
std::span<const T> take(std::span<const T>& from, std::size_t n) {
  n = std::min(n, from.size());
  const auto some = from.first(n);
  from = from.subspan(n);
  return some;
}

std::string_view unless(std::string_view node, std::string_view own_name) {
  return node == own_name ? std::string_view() : node;
}

std::string or_sender(std::string_view node, const std::string& sender) {
  return node.empty() ? sender : std::string(node);
}

wire_v1::socket_entry entry_of(const socket_info& s, std::string_view own_name) {
  return {s.id, unless(s.node, own_name), s.nsp, s.user, s.address, s.rooms};
}

socket_info info_of(const wire_v1::socket_entry& e, const std::string& sender) {
  return {e.id,
          or_sender(e.node, sender),
          std::string(e.nsp),
          std::string(e.user),
          std::string(e.address),
          e.rooms.copy<std::string>()};
}

std::size_t size_of(const socket_info& s) {
  std::size_t bytes = 64 + s.nsp.size() + s.user.size() + s.address.size() + s.node.size();
  for (const auto& room : s.rooms) bytes += room.size() + 2;
  return bytes;
}

}  // namespace

void send_reply(peer_outbox& to, wire_v1::request_id id, const ack_result& result,
                std::string_view own_name) {
  std::span acked(result.acked);
  std::span timed_out(result.timed_out);
  std::span left(result.left);
  bool last = false;
  while (!last) {
    const auto replies = take(acked, that_fit(acked, [](const ack_reply& r) {
                                auto size = 32 + r.args.json.size() + r.user.size();
                                for (const auto& b : r.args.attachments) size += b.size();
                                return size;
                              }));
    std::vector<wire_v1::ack_answer> answers;
    for (const auto& r : replies)
      answers.push_back(
          {r.socket, unless(r.node, own_name), r.user, r.args.json, blobs_of(r.args)});
    wire_v1::ack_part part{id, true, result.overloaded, answers, {}, {}, {}};
    part.timed_out = take(timed_out, enough_entries);
    part.left = take(left, enough_entries);
    last = acked.empty() && timed_out.empty() && left.empty();
    part.final = last;
    if (last) part.nodes_missing = result.nodes_missing;
    to.send(part);
  }
}

void send_reply(peer_outbox& to, wire_v1::request_id id, const fetch_result& result,
                std::string_view own_name) {
  std::span sockets(result.sockets);
  bool last = false;
  while (!last) {
    const auto some = take(sockets, that_fit(sockets, size_of));
    std::vector<wire_v1::socket_entry> entries;
    for (const auto& s : some) entries.push_back(entry_of(s, own_name));
    last = sockets.empty();
    wire_v1::fetch_reply reply{id, last, entries, {}};
    if (last) reply.nodes_missing = result.nodes_missing;
    to.send(reply);
  }
}

void send_reply(peer_outbox& to, wire_v1::request_id id, const lookup_result& result,
                std::string_view own_name) {
  wire_v1::lookup_reply reply{id, {}, result.nodes_missing};
  std::vector<wire_v1::header> headers;
  if (!result.found.empty()) {
    const auto& d = result.found.front();
    for (const auto& [name, value] : d.headers) headers.push_back({name, value});
    reply.found =
        wire_v1::found_socket{entry_of(d.info, own_name), d.secure, d.issued_ms, d.target, headers};
  }
  to.send(reply);
}

void send_reply(peer_outbox& to, wire_v1::request_id id, const server_reply_result& result,
                std::string_view own_name) {
  for (const auto& r : result.replies)
    to.send(wire_v1::server_emit_reply{
        id, r.args.json, unless(r.node, own_name), false, true, {}, blobs_of(r.args)});
  to.send(wire_v1::server_emit_reply{id, {}, {}, true, false, result.nodes_missing});
}

ack_result from_wire(const wire_v1::ack_part& x, const std::string& sender) {
  ack_result r;
  for (const auto& a : x.acked)
    r.acked.push_back(
        {a.socket, or_sender(a.node, sender), std::string(a.user), payload_of_item(a)});
  r.timed_out = x.timed_out.copy();
  r.left = x.left.copy();
  r.nodes_missing = x.nodes_missing.copy<std::string>();
  r.overloaded = x.overloaded;
  return r;
}

fetch_result from_wire(const wire_v1::fetch_reply& x, const std::string& sender) {
  fetch_result r;
  for (const auto& e : x.sockets) r.sockets.push_back(info_of(e, sender));
  r.nodes_missing = x.nodes_missing.copy<std::string>();
  return r;
}

lookup_result from_wire(const wire_v1::lookup_reply& x, const std::string& sender) {
  lookup_result r;
  r.nodes_missing = x.nodes_missing.copy<std::string>();
  if (!x.found) return r;
  socket_details d;
  d.info = info_of(x.found->socket, sender);
  d.secure = x.found->secure;
  d.target = std::string(x.found->target);
  d.issued_ms = x.found->issued_ms;
  for (const auto& h : x.found->headers) d.headers.emplace_back(h.name, h.value);
  r.found.push_back(std::move(d));
  return r;
}

server_reply_result from_wire(const wire_v1::server_emit_reply& x, const std::string& sender) {
  server_reply_result r;
  if (x.answered) r.replies.push_back({or_sender(x.node, sender), payload_of_item(x)});
  r.nodes_missing = x.nodes_missing.copy<std::string>();
  return r;
}

}  // namespace pushmesh::cluster
