#include "actors/recovery/shard_session_home.hpp"

#include <utility>

#include "actors/local_sockets.hpp"
#include "actors/node_core.hpp"
#include "actors/recovery/session_keeper.hpp"

namespace pushmesh::actors {

void shard_session_home::lend(const session_claim& c, std::string_view nsp,
                              std::function<void(std::optional<session_parcel>)> done) {
  auto& from = core_.sockets_of(there_);
  there_.post([&from, c, nsp = std::string(nsp), &here = here_, done = std::move(done)] {
    here.post([parcel = from.keeper()->lend(c, nsp), done] { done(parcel); });
  });
}

void shard_session_home::when_arrived(std::function<void()> done) {
  here_.post_behind_all(std::move(done));
}

void shard_session_home::release(const socket_id& pid, std::vector<std::uint64_t> came,
                                 std::function<void(std::optional<session_rest>)> done) {
  auto& from = core_.sockets_of(there_);
  auto& to = core_.sockets_of(here_);
  const auto late = [pid, &to, &here = here_](missed_packet p) {
    here.post([pid, &to, p = std::move(p)] { to.keeper()->late(pid, p); });
  };
  there_.post([&from, pid, came = std::move(came), late, &here = here_, done = std::move(done)] {
    here.post([rest = from.keeper()->release(pid, came, late), done] { done(rest); });
  });
}

void shard_session_home::answer_ack(std::uint64_t ack_id, const socket_id& sid,
                                    std::string_view user, std::optional<payload> args) {
  auto& from = core_.sockets_of(there_);
  there_.post([&from, ack_id, sid, user = std::string(user), args = std::move(args)] {
    from.answer_for(ack_id, sid, user, args);
  });
}

}  // namespace pushmesh::actors
