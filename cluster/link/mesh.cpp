#include "cluster/link/mesh.hpp"

#include <utility>

#include "actors/local_sockets.hpp"
#include "actors/node_core.hpp"
#include "actors/recovery/packet_offset.hpp"
#include "actors/shard.hpp"
#include "actors/shard_batch.hpp"
#include "cluster/link/interest.hpp"
#include "cluster/link/node_sink.hpp"
#include "cluster/link/peer_session_home.hpp"
#include "cluster/link/peer_session_link.hpp"
#include "cluster/link/wire_address.hpp"
#include "cluster/link/wire_v1.hpp"
#include "net/transport/relay/session_relay.hpp"

namespace pushmesh::cluster {

namespace {

/// The other node keeps the time itself; it gets so much more to tell.
constexpr auto reply_grace = std::chrono::seconds(2);
/// How long a node waits for another before it gives a session to a third.
constexpr auto fence_patience = std::chrono::seconds(2);
/// How often peers are sent the fingerprint of our rooms.
constexpr auto check_interval = std::chrono::seconds(5);

}  // namespace

mesh::mesh(actors::node_core& core, std::uint64_t seed)
    : core_(core),
      interest_(seed,
                [this] {
                  if (interest_wake_) interest_wake_();
                }),
      directory_(interest_mix(seed)),
      feeds_(core, interest_mix(seed + 1)) {}

mesh::~mesh() = default;

template <class Item>
emit_result mesh::send_to(const std::vector<peer_ref>& peers, const Item& item,
                          item_traits traits) {
  emit_result result;
  if (peers.empty()) return result;
  thread_local std::string bytes;
  bytes.clear();
  const auto fits = wire_v1::encode(bytes, item).has_value();
  for (const auto& p : peers)
    if (!fits || p->outbox->push(bytes, traits) != push_result::accepted)
      if (!traits.is_volatile) result.dropped.push_back(p->name());
  if (bytes.capacity() > wire_v1::max_item) std::string().swap(bytes);
  return result;
}

std::vector<peer_ref> mesh::concerned(const actors::address& to) const {
  auto peers = directory_.concerned(to);
  if (to.fed_only) feeds_.keep_fed(peers);
  return peers;
}

emit_result mesh::emit(const actors::address& to, std::string_view event, const payload& args,
                       std::uint64_t offset) {
  if (directory_.empty()) return {};
  const auto peers = concerned(to);
  if (peers.empty()) return {};
  std::string with_offset;
  if (offset) with_offset = args.json + actors::offset_argument(offset, args.json.empty());
  auto result = send_to(
      peers,
      wire_v1::emit{
          on_wire(to, offset != 0), event, offset ? with_offset : args.json, {}, blobs_of(args)},
      {.is_volatile = to.is_volatile, .request = {}});
  if (to.fed_only) feeds_.count(peers.size(), result.dropped.size());
  return result;
}

emit_result mesh::join(const actors::address& to, const std::vector<std::string>& rooms) {
  const auto peers = concerned(to);
  for (const auto& p : peers) directory_.expect(p, to.nsp, rooms);
  return send_to(peers, wire_v1::rooms_join{on_wire(to), rooms});
}

emit_result mesh::leave(const actors::address& to, const std::vector<std::string>& rooms) {
  return send_to(concerned(to), wire_v1::rooms_leave{on_wire(to), rooms});
}

emit_result mesh::disconnect(const actors::address& to, bool close) {
  return send_to(concerned(to), wire_v1::disconnect{on_wire(to), close});
}

void mesh::emit_with_ack(const actors::address& to, std::string_view event, const payload& args,
                         std::uint64_t id, const ack_terms& terms,
                         const std::shared_ptr<actors::ack_collector>& into) {
  const auto peers = concerned(to);
  if (!acks_.add(id, into, peers, clock::now() + terms.timeout + reply_grace)) return;
  const wire_v1::ack_request ask{{id}, terms.timeout, terms.until_first_loss};
  std::size_t dropped = 0;
  for (const auto& p : peers) {
    if (send_to({p}, wire_v1::emit{on_wire(to), event, args.json, ask, blobs_of(args)},
                {.request = ask.id})
            .complete())
      continue;
    acks_.fail(id, *p);
    ++dropped;
  }
  if (to.fed_only) feeds_.count(peers.size(), dropped);
}

void mesh::finish(std::uint64_t id) {
  send_to(acks_.waiting_for(id), wire_v1::ack_finish{{id}});
}

void mesh::fetch(const actors::address& to, std::uint64_t id, std::chrono::milliseconds timeout,
                 const std::shared_ptr<actors::fetch_collector>& into) {
  const auto peers = concerned(to);
  if (!fetches_.add(id, into, peers, clock::now() + timeout)) return;
  for (const auto& p : peers)
    if (!send_to({p}, wire_v1::fetch_request{{id}, on_wire(to)}, {.request = {{id}}}).complete())
      fetches_.fail(id, *p);
}

emit_result mesh::server_emit(std::string_view nsp, std::string_view event, const payload& args,
                              std::uint64_t id, std::chrono::milliseconds timeout,
                              const std::shared_ptr<actors::server_reply_collector>& into) {
  const auto peers = directory_.all();
  if (!into) return send_to(peers, wire_v1::server_emit{nsp, event, args.json, {}, blobs_of(args)});
  emit_result result;
  if (!server_emits_.add(id, into, peers, clock::now() + timeout)) {
    for (const auto& p : peers) result.dropped.push_back(p->name());
    return result;
  }
  const wire_v1::ack_request ask{{id}, timeout, false};
  for (const auto& p : peers) {
    if (send_to({p}, wire_v1::server_emit{nsp, event, args.json, ask, blobs_of(args)},
                {.request = ask.id})
            .complete())
      continue;
    server_emits_.fail(id, *p);
    result.dropped.push_back(p->name());
  }
  return result;
}

void mesh::lookup(lookup_scope where, const socket_id& id, std::uint64_t request,
                  std::chrono::milliseconds timeout,
                  const std::shared_ptr<actors::lookup_collector>& into) {
  std::vector<peer_ref> asked;
  if (where == lookup_scope::everywhere)
    asked = directory_.all();
  else if (auto maker = directory_.by_tag(id.tag()))
    asked.push_back(std::move(maker));
  if (!lookups_.add(request, into, asked, clock::now() + timeout)) return;
  for (const auto& p : asked)
    if (!send_to({p}, wire_v1::lookup_request{{request}, id}, {.request = {{request}}}).complete())
      lookups_.fail(request, *p);
}

net::session_home mesh::home_of_session(const socket_id& id) {
  auto peer = directory_.by_tag(id.tag());
  if (!peer) return {};
  return {std::make_shared<peer_session_link>(std::move(peer)), id.shard()};
}

std::uint64_t mesh::hash_of(std::string_view nsp,
                            std::optional<std::string_view> room) const noexcept {
  const interest_hash hash(nsp);
  return room ? hash.room(*room) : hash.whole_namespace();
}

bool mesh::is_announced(std::optional<std::string_view> room) const noexcept {
  const auto& tag = core_.tag();
  return !room || announced(*room, {tag.data(), tag.size()});
}

void mesh::interest_added(std::string_view nsp, std::optional<std::string_view> room) {
  if (is_announced(room)) interest_.added(hash_of(nsp, room));
}

void mesh::interest_removed(std::string_view nsp, std::optional<std::string_view> room) {
  if (is_announced(room)) interest_.removed(hash_of(nsp, room));
}

void mesh::when_known(std::string_view nsp, std::optional<std::string_view> room,
                      std::function<void()> done) {
  if (directory_.empty() || !is_announced(room)) return done();
  interest_.when_known(hash_of(nsp, room), std::move(done));
}

std::shared_ptr<actors::session_home> mesh::recovery_home(const socket_id& pid,
                                                          std::string_view nsp,
                                                          actors::shard& here) {
  actors::address to;
  to.nsp = std::string(nsp);
  to.everybody = false;
  to.rooms.push_back(pid.str());
  auto candidates = directory_.concerned(to);
  if (candidates.empty()) return nullptr;
  return std::make_shared<peer_session_home>(*this, std::move(candidates), here);
}

void mesh::fence(actors::shard& home, const linked_peer* but, std::function<void()> done) {
  struct countdown {
    std::size_t open = 1;
    std::function<void()> done;
    void one_less() {
      if (--open == 0) done();
    }
  };
  // Only touched on the shard.
  const auto left = std::make_shared<countdown>(countdown{1, std::move(done)});
  for (const auto& p : directory_.all()) {
    if (but && p->link == but->link) continue;
    const auto id = core_.routes().next_request_id();
    ++left->open;
    fences_.add(id, p->link, clock::now() + fence_patience, [left, &home](std::optional<bool>) {
      home.here() ? left->one_less() : void(home.post([left] { left->one_less(); }));
    });
    if (p->outbox->send(wire_v1::session_fence{{id}, home.index()}) != push_result::accepted)
      fences_.fail(id);
  }
  left->one_less();
}

void mesh::peer_up(const peer_ref& peer) {
  if (!peer->is_node()) return;
  directory_.add(peer);  // membership admits no more peers than there are slots
  interest_.add_peer(peer);
  feeds_.peer_up(peer);
}

// What waits for it learns first that nothing more comes, then nothing is routed there.
void mesh::peer_down(const peer_ref& peer) {
  directory_.remove(peer->link);
  if (peer->is_node()) feeds_.peer_down(peer);
  interest_.remove_peer(peer->link);
  acks_.lost(*peer);
  fetches_.lost(*peer);
  lookups_.lost(*peer);
  server_emits_.lost(*peer);
  loans_.lost(peer->link);
  releases_.lost(peer->link);
  fences_.lost(peer->link);
  watches_.lost(peer->link);
  actors::shard_batch all(core_);
  for (const auto& s : core_.shards())
    all.run(*s, [link = peer->link](actors::local_sockets& on) {
      on.home().loop().relay().lost(link);
    });
  all.submit({});
}

std::unique_ptr<item_sink> mesh::open_sink(const peer_ref& peer) {
  return std::make_unique<node_sink>(*this, peer);
}

void mesh::tick(clock::time_point now) {
  interest_.publish(now);
  feeds_.tick(now);
  acks_.expire(now);
  fetches_.expire(now);
  lookups_.expire(now);
  server_emits_.expire(now);
  loans_.expire(now);
  releases_.expire(now);
  fences_.expire(now);
  directory_.sweep();
  if (now < next_check_) return;
  next_check_ = now + check_interval;
  interest_.check();
}

}  // namespace pushmesh::cluster
