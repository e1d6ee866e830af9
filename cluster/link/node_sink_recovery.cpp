// The part of node_sink by which sessions move between nodes (docs/decisions/0011).
#include <utility>

#include "actors/local_sockets.hpp"
#include "actors/node_core.hpp"
#include "actors/recovery/session_keeper.hpp"
#include "cluster/link/mesh.hpp"
#include "cluster/link/node_sink.hpp"
#include "cluster/link/session_wire.hpp"
#include "cluster/link/wire_address.hpp"

namespace pushmesh::cluster {

void node_sink::handle(const wire_v1::session_lend& x) {
  auto* const home = from_client_ ? nullptr : mesh_.core().shard_of(x.pid);
  if (!home) return send_parcel(*peer_->outbox, x.id, 0, std::nullopt);
  actors::session_claim claim{x.pid, {}};
  if (x.has_offset) claim.offset = std::string(x.offset);
  batch_.run(*home, [claim, id = x.id, nsp = std::string(x.nsp), shard = home->index(),
                     peer = peer_](actors::local_sockets& s) {
    send_parcel(*peer->outbox, id, shard, s.keeper() ? s.keeper()->lend(claim, nsp) : std::nullopt);
  });
}

void node_sink::handle(const wire_v1::session_release& x) {
  auto* const home = from_client_ ? nullptr : mesh_.core().shard_of(x.pid);
  if (!home) return send_rest(*peer_->outbox, x.id, std::nullopt);
  std::vector<std::uint64_t> came(x.came.begin(), x.came.end());
  batch_.run(*home, [pid = x.pid, id = x.id, came = std::move(came), home, peer = peer_,
                     this_mesh = &mesh_](actors::local_sockets& s) {
    this_mesh->fence(*home, peer.get(), [&s, pid, id, came, peer] {
      const auto late = [pid, peer](actors::missed_packet p) { send_late(*peer->outbox, pid, p); };
      auto* const keeper = s.keeper();
      send_rest(*peer->outbox, id, keeper ? keeper->release(pid, came, late) : std::nullopt);
    });
  });
}

void node_sink::handle(const wire_v1::session_late& x) {
  auto packet = from_wire(x.packet);
  auto* const home = from_client_ ? nullptr : mesh_.core().shard_of(x.pid);
  if (!home || !packet.frame) return;
  batch_.run(*home, [pid = x.pid, packet](actors::local_sockets& s) {
    if (s.keeper()) s.keeper()->late(pid, packet);
  });
}

void node_sink::handle(const wire_v1::session_fence& x) {
  if (from_client_) return;
  auto& core = mesh_.core();
  batch_.run(*core.shards().front(), [id = x.id, shard = x.shard, epoch = core.epochs().now(),
                                      peer = peer_](actors::local_sockets& s) {
    const auto reply = [id, shard, peer] {
      peer->outbox->send(wire_v1::session_fence_reply{id, shard});
    };
    s.keeper() ? s.keeper()->after_emits(epoch, reply) : reply();
  });
}

// Behind what came before, which is why the shard settles it.
void node_sink::handle(const wire_v1::session_fence_reply& x) {
  const auto& shards = mesh_.core().shards();
  if (x.shard >= shards.size()) return;
  batch_.run(*shards[x.shard], [id = x.id, link = peer_->link,
                                this_mesh = &mesh_](actors::local_sockets&) {
    this_mesh->fences().answer(id.value, link, true, [](bool& passed) { passed = true; });
  });
}

void node_sink::handle(const wire_v1::session_parcel& x) {
  mesh_.loans().answer(x.id.value, peer_->link, true,
                       [&](lent_session& answer) { answer = from_wire(x); });
}

void node_sink::handle(const wire_v1::session_rest& x) {
  mesh_.releases().answer(x.id.value, peer_->link, x.final,
                          [&](released_session& answer) { add_from_wire(answer, x); });
}

void node_sink::handle(const wire_v1::session_ack& x) {
  const auto& shards = mesh_.core().shards();
  if (from_client_ || x.shard >= shards.size()) return;
  auto args = x.answered ? std::optional(payload_of_item(x)) : std::nullopt;
  batch_.run(*shards[x.shard],
             [ack_id = x.ack_id, sid = x.sid, user = std::string(x.user),
              args](actors::local_sockets& s) { s.answer_for(ack_id, sid, user, args); });
}

}  // namespace pushmesh::cluster
