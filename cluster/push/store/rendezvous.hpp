#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "cluster/link/peer_identity.hpp"

namespace pushmesh::cluster::push {

/// How much a node wants a key. Part of what nodes agree on: frozen by a test.
///
/// FNV-1a of the key and of the 16 bytes of the incarnation, mixed by MurmurHash3's finalizer, as
/// interest hashes are. std::hash may differ between two builds; SipHash would keep users from
/// choosing ids that all fall to one node, but its key would be one more thing to agree on, and
/// such a crowd costs that node memory within its bounds, nobody a message.
std::uint64_t rendezvous_score(const incarnation_id& node, std::string_view key) noexcept;

/// Who owns a key among these nodes, and who keeps its copy.
struct rendezvous_pair {
  incarnation_id owner;
  std::optional<incarnation_id> replica;  ///< none: there is but one node
  friend bool operator==(const rendezvous_pair&, const rendezvous_pair&) = default;
};

/// Highest random weight: the two nodes with the highest scores. When a node leaves only its keys
/// change hands, and they go to who has their copies; when one joins it gets its share from all.
/// The order of `nodes` does not matter; there is at least one.
rendezvous_pair rendezvous(const std::vector<incarnation_id>& nodes, std::string_view key) noexcept;

}  // namespace pushmesh::cluster::push
