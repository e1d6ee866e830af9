#include "cluster/link/interest_sets.hpp"

#include <algorithm>
#include <bit>

namespace pushmesh::cluster {

namespace {

constexpr peer_slot narrow_limit = 128;
constexpr std::size_t in_place_limit = 3;
constexpr std::size_t listed_limit = 16;
// A set goes back in place when it is this small: one less than fits, so that a room that changes
// between three and four nodes does not move each time.
constexpr std::size_t back_in_place = in_place_limit - 1;

}  // namespace

bool interest_sets::insert(handle& set, peer_slot p) {
  if (contains(set, p)) return false;
  switch (kind_of(set)) {
    case kind::nothing:
    case kind::in_place: {
      auto m = in_place(set);
      m.peers[m.count++] = p;
      rebuild(set, m);
      return true;
    }
    case kind::narrow:
      if (p < narrow_limit) {
        narrow_[index_of(set)].words[p / 64] |= std::uint64_t{1} << p % 64;
        return true;
      }
      break;
    case kind::other:
      if (!is_listed(set)) {
        wide_[index_of(set)].peers.insert(p);
        return true;
      }
      if (const auto m = listed(set); m.count < listed_limit) {
        listed_[index_of(set)].peers[m.count] = p;
        return true;
      }
      break;
  }
  interest_peers all;
  collect(set, all);
  all.insert(p);
  widen(set, all);
  return true;
}

bool interest_sets::erase(handle& set, peer_slot p) {
  if (!contains(set, p)) return false;
  std::size_t left = 0;
  if (kind_of(set) == kind::in_place) {
    auto m = in_place(set);
    auto* const end = m.peers.data() + m.count;
    std::remove(m.peers.data(), end, p);
    --m.count;
    put_in_place(set, m);
    return true;
  }
  if (kind_of(set) == kind::narrow) {
    auto& words = narrow_[index_of(set)].words;
    words[p / 64] &= ~(std::uint64_t{1} << p % 64);
    left = static_cast<std::size_t>(std::popcount(words[0]) + std::popcount(words[1]));
  } else if (is_listed(set)) {
    left = listed(set).count - 1;
    auto& peers = listed_[index_of(set)].peers;
    *std::find(peers.begin(), peers.end(), p) = peers[left];
    peers[left] = nobody;
  } else {
    auto& peers = wide_[index_of(set)].peers;
    peers.erase(p);
    left = peers.size();
  }
  narrow_down(set, left);
  return true;
}

bool interest_sets::contains(handle set, peer_slot p) const noexcept {
  switch (kind_of(set)) {
    case kind::nothing:
      return false;
    case kind::in_place: {
      const auto m = in_place(set);
      return std::find(m.peers.data(), m.peers.data() + m.count, p) != m.peers.data() + m.count;
    }
    case kind::narrow:
      return p < narrow_limit && (narrow_[index_of(set)].words[p / 64] >> p % 64 & 1) != 0;
    case kind::other:
      break;
  }
  if (!is_listed(set)) return wide_[index_of(set)].peers.contains(p);
  const auto& peers = listed_[index_of(set)].peers;
  return std::find(peers.begin(), peers.end(), p) != peers.end();
}

void interest_sets::collect(handle set, interest_peers& out) const noexcept {
  switch (kind_of(set)) {
    case kind::nothing:
      return;
    case kind::in_place:
      out.insert(set.value_ & 1023);
      out.insert(set.value_ >> 10 & 1023);
      out.insert(set.value_ >> 20 & 1023);
      return;
    case kind::narrow:
      out.insert_low(narrow_[index_of(set)].words);
      return;
    case kind::other:
      break;
  }
  if (!is_listed(set)) {
    out |= wide_[index_of(set)].peers;
    return;
  }
  const auto m = listed(set);
  for (std::size_t i = 0; i < m.count; ++i) out.insert(m.peers[i]);
}

interest_sets::members interest_sets::in_place(handle set) noexcept {
  members m;
  if (set.none()) return m;
  for (const auto shift : {0, 10, 20}) {
    const auto p = static_cast<peer_slot>(set.value_ >> shift & 1023);
    if (m.count == 0 || m.peers[m.count - 1] != p) m.peers[m.count++] = p;
  }
  return m;
}

void interest_sets::put_in_place(handle& set, const members& m) noexcept {
  set.value_ = 0;
  if (m.count == 0) return;
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < in_place_limit; ++i)
    bits |= std::uint32_t{m.peers[std::min(i, m.count - 1)]} << 10 * i;
  set_value(set, kind::in_place, bits);
}

interest_sets::members interest_sets::listed(handle set) const noexcept {
  members m;
  const auto& peers = listed_[index_of(set)].peers;
  while (m.count < listed_limit && peers[m.count] != nobody) {
    m.peers[m.count] = peers[m.count];
    ++m.count;
  }
  return m;
}

// Stores at most 16 members of a set that has no block.
void interest_sets::rebuild(handle& set, const members& m) {
  if (m.count <= in_place_limit) return put_in_place(set, m);
  const auto* const end = m.peers.data() + m.count;
  if (std::all_of(m.peers.data(), end, [](peer_slot p) { return p < narrow_limit; })) {
    const auto index = narrow_.take();
    for (const auto* p = m.peers.data(); p != end; ++p)
      narrow_[index].words[*p / 64] |= std::uint64_t{1} << *p % 64;
    return set_value(set, kind::narrow, index);
  }
  const auto index = listed_.take();
  std::copy(m.peers.data(), end, listed_[index].peers.begin());
  set_value(set, kind::other, listed_bit | index);
}

// Moves a set into the smallest block that takes `peers`, of which there are more than three.
void interest_sets::widen(handle& set, const interest_peers& peers) {
  release(set);
  if (peers.size() <= listed_limit) {
    members m;
    peers.for_each([&](peer_slot p) { m.peers[m.count++] = p; });
    return rebuild(set, m);
  }
  const auto index = wide_.take();
  wide_[index].peers = peers;
  set_value(set, kind::other, index);
}

void interest_sets::narrow_down(handle& set, std::size_t left) {
  if (left > back_in_place) return;
  interest_peers rest;
  collect(set, rest);
  release(set);
  members m;
  rest.for_each([&](peer_slot p) { m.peers[m.count++] = p; });
  put_in_place(set, m);
}

void interest_sets::release(handle set) {
  if (kind_of(set) == kind::narrow) return narrow_.give_back(index_of(set));
  if (kind_of(set) != kind::other) return;
  if (is_listed(set))
    listed_.give_back(index_of(set));
  else
    wide_.give_back(index_of(set));
}

}  // namespace pushmesh::cluster
