#include "cluster/link/peer_session_home.hpp"

#include <chrono>
#include <utility>

#include "actors/node_core.hpp"
#include "actors/shard.hpp"
#include "cluster/link/mesh.hpp"
#include "cluster/link/session_wire.hpp"
#include "cluster/link/wire_address.hpp"

namespace pushmesh::cluster {

namespace {

/// Longer than a link takes to be found dead; a client waits for its CONNECT answer meanwhile.
constexpr auto patience = std::chrono::seconds(5);

}  // namespace

void peer_session_home::lend(const actors::session_claim& c, std::string_view nsp,
                             std::function<void(std::optional<actors::session_parcel>)> done) {
  struct survey {
    std::size_t open;
    std::function<void(std::optional<actors::session_parcel>)> done;
  };
  const auto asked = std::make_shared<survey>(survey{candidates_.size(), std::move(done)});
  for (const auto& peer : candidates_) {
    const auto id = mesh_.core().routes().next_request_id();
    auto answered = [self = shared_from_this(), peer, asked](std::optional<lent_session> lent) {
      self->here_.post([self, peer, asked, lent = std::move(lent)] {
        if (!asked->done) return;
        const bool found = lent && lent->parcel;
        if (--asked->open > 0 && !found) return;
        if (found) {
          self->chosen_ = peer;
          self->shard_ = lent->shard;
        }
        std::exchange(asked->done, {})(found ? lent->parcel : std::nullopt);
      });
    };
    mesh_.loans().add(id, peer->link, mesh::clock::now() + patience, std::move(answered));
    const wire_v1::session_lend ask{
        {id}, c.pid, c.offset.has_value(), c.offset ? std::string_view(*c.offset) : "", nsp};
    if (peer->outbox->send(ask) != push_result::accepted) mesh_.loans().fail(id);
  }
}

void peer_session_home::when_arrived(std::function<void()> done) {
  mesh_.fence(here_, nullptr, [&home = here_, done = std::move(done)]() mutable {
    home.post_behind_all(std::move(done));
  });
}

void peer_session_home::release(const socket_id& pid, std::vector<std::uint64_t> came,
                                std::function<void(std::optional<actors::session_rest>)> done) {
  if (came.size() > wire_v1::max_elements) return done(std::nullopt);
  const auto id = mesh_.core().routes().next_request_id();
  auto answered = [self = shared_from_this(),
                   done = std::move(done)](std::optional<released_session> released) {
    self->here_.post([done, released = std::move(released)] {
      done(released && released->found ? std::optional(released->rest) : std::nullopt);
    });
  };
  mesh_.releases().add(id, chosen_->link, mesh::clock::now() + patience, std::move(answered));
  if (chosen_->outbox->send(wire_v1::session_release{{id}, pid, came}) != push_result::accepted)
    mesh_.releases().fail(id);
}

void peer_session_home::answer_ack(std::uint64_t ack_id, const socket_id& sid,
                                   std::string_view user, std::optional<payload> args) {
  const auto given = args.value_or(payload());
  chosen_->outbox->send(wire_v1::session_ack{shard_, ack_id, sid, args.has_value(), user,
                                             given.json, blobs_of(given)});
}

}  // namespace pushmesh::cluster
