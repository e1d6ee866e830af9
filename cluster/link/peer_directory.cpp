#include "cluster/link/peer_directory.hpp"

namespace pushmesh::cluster {

namespace {

/// A link that is up brings a peer's news in milliseconds; one that brings none for so long is
/// down.
constexpr auto expectation_time = std::chrono::seconds(5);
constexpr std::size_t max_expectations = 65'536;

}  // namespace

bool peer_directory::add(const peer_ref& peer) {
  std::unique_lock lock(mutex_);
  const auto slot = rooms_.add_peer();
  if (!slot) return false;
  peers_[peer->link] = {peer, *slot};
  if (by_slot_.size() <= *slot) by_slot_.resize(*slot + 1u);
  by_slot_[*slot] = peer;
  count_ = peers_.size();
  return true;
}

void peer_directory::remove(link_id link) {
  std::unique_lock lock(mutex_);
  const auto found = peers_.find(link);
  if (found == peers_.end()) return;
  rooms_.remove_peer(found->second.slot);
  by_slot_[found->second.slot].reset();
  peers_.erase(found);
  count_ = peers_.size();
}

void peer_directory::sweep() {
  std::unique_lock lock(mutex_);
  rooms_.sweep(16);
  if (expected_.empty()) return;
  const auto now = clock::now();
  std::erase_if(expected_, [now](const auto& e) { return e.second.until <= now; });
}

void peer_directory::expect(const peer_ref& peer, std::string_view nsp,
                            const std::vector<std::string>& rooms) {
  const interest_hash hash(nsp);
  const auto until = clock::now() + expectation_time;
  std::unique_lock lock(mutex_);
  for (const auto& room : rooms) {
    const auto key = hash.room(room);
    const auto [first, last] = expected_.equal_range(key);
    const auto known =
        std::find_if(first, last, [&](const auto& e) { return e.second.link == peer->link; });
    if (known != last)
      known->second.until = until;
    else if (expected_.size() < max_expectations)
      expected_.emplace(key, expectation{peer->link, until});
  }
}

std::size_t peer_directory::expectations() const {
  std::shared_lock lock(mutex_);
  return expected_.size();
}

std::vector<peer_ref> peer_directory::concerned(const actors::address& to) const {
  std::vector<peer_ref> found;
  if (empty() || (!to.everybody && to.rooms.empty())) return found;
  std::shared_lock lock(mutex_);
  auto slots = to.everybody ? rooms_.interested(to.nsp, std::array<std::string, 0>{})
                            : rooms_.interested(to.nsp, to.rooms);
  // A name that has the form of an id may be a socket of the node with that tag. So may "/nsp#id",
  // as clients of Engine.IO 3 know themselves: a room, but they may say its name before we hear of
  // it.
  if (!to.everybody)
    for (const auto& room : to.rooms) {
      const auto id = std::string_view(room).substr(room.rfind('#') + 1);
      if (id.size() != socket_id::length) continue;
      for (const auto& [link, e] : peers_)
        if (id.starts_with(e.peer->identity.tag_view())) slots.insert(e.slot);
    }
  if (!to.everybody && !expected_.empty())
    for (const auto& room : to.rooms) {
      const auto [first, last] = expected_.equal_range(interest_hash(to.nsp).room(room));
      for (auto at = first; at != last; ++at)
        if (const auto* const e = find(at->second.link)) slots.insert(e->slot);
    }
  slots.for_each([&](peer_slot s) {
    if (by_slot_[s]) found.push_back(by_slot_[s]);
  });
  return found;
}

peer_ref peer_directory::by_tag(std::string_view tag) const {
  std::shared_lock lock(mutex_);
  for (const auto& [link, e] : peers_)
    if (e.peer->identity.tag_view() == tag) return e.peer;
  return {};
}

peer_ref peer_directory::by_name(std::string_view name) const {
  std::shared_lock lock(mutex_);
  for (const auto& [link, e] : peers_)
    if (e.peer->name() == name) return e.peer;
  return {};
}

std::vector<peer_ref> peer_directory::all() const {
  std::shared_lock lock(mutex_);
  std::vector<peer_ref> found;
  for (const auto& [link, e] : peers_) found.push_back(e.peer);
  return found;
}

const peer_directory::entry* peer_directory::find(link_id link) const {
  const auto found = peers_.find(link);
  return found == peers_.end() ? nullptr : &found->second;
}

interest_table::outcome peer_directory::snapshot(link_id link, const interest_digest& whole,
                                                 std::uint64_t offset,
                                                 std::span<const std::uint64_t> rooms) {
  std::unique_lock lock(mutex_);
  const auto* const e = find(link);
  if (!e) return interest_table::outcome::waiting;
  if (offset == 0) rooms_.start_snapshot(e->slot);
  rooms_.add_to_snapshot(e->slot, rooms);
  if (offset + rooms.size() < whole.rooms) return interest_table::outcome::waiting;
  return rooms_.finish_snapshot(e->slot, whole);
}

interest_table::outcome peer_directory::apply(link_id link, const interest_deltas& deltas) {
  std::unique_lock lock(mutex_);
  const auto* const e = find(link);
  return e ? rooms_.apply(e->slot, deltas) : interest_table::outcome::waiting;
}

interest_table::outcome peer_directory::check(link_id link, const interest_digest& digest) {
  std::unique_lock lock(mutex_);
  const auto* const e = find(link);
  return e ? rooms_.check(e->slot, digest) : interest_table::outcome::waiting;
}

std::uint64_t peer_directory::confirmed(link_id link) const {
  std::shared_lock lock(mutex_);
  const auto* const e = find(link);
  return e ? rooms_.confirmed(e->slot) : 0;
}

bool peer_directory::current(link_id link) const {
  std::shared_lock lock(mutex_);
  const auto* const e = find(link);
  return e && rooms_.current(e->slot);
}

std::size_t peer_directory::rooms() const {
  std::shared_lock lock(mutex_);
  return rooms_.rooms();
}

std::size_t peer_directory::memory() const {
  std::shared_lock lock(mutex_);
  return rooms_.memory();
}

}  // namespace pushmesh::cluster
