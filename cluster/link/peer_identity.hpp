#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "actors/id_source.hpp"

namespace pushmesh::cluster {

/// The version of the bytes two nodes exchange. Both ends must have the same.
inline constexpr std::uint16_t current_wire_version = 1;

/// One run of a program: 6 bytes of Unix time in ms at its start, big endian, then 10 random bytes
/// (the layout of RFC 9562's UUIDv7 without its version bits). The order of two incarnations is
/// the order of their starts as far as their clocks tell; what matters is that both sides of a
/// link see the same order.
struct incarnation_id {
  static constexpr std::size_t size = 16;
  std::array<std::uint8_t, size> bytes{};

  static incarnation_id make(std::uint64_t unix_ms,
                             const std::array<std::uint8_t, 10>& random) noexcept;
  /// 32 hexadecimal digits.
  std::string hex() const;
  /// The last 8 digits of hex(), for log lines: the random part.
  std::string brief() const { return hex().substr(24); }
  friend bool operator==(const incarnation_id&, const incarnation_id&) = default;
  friend auto operator<=>(const incarnation_id&, const incarnation_id&) = default;
};

/// A node takes part in everything. A client (pushmesh::client, the shell commands) uses a node:
/// it is told no interest and no gossip, nobody dials it.
enum class peer_role : std::uint8_t { node, client };

/// Who somebody on the cluster is: the content of a hello.
struct peer_identity {
  std::string name;  ///< of a node: unique among those alive, default its `address`
  incarnation_id incarnation;
  actors::node_tag tag{};
  std::string cluster;
  std::uint16_t wire_version = current_wire_version;
  peer_role role = peer_role::node;
  std::string address;  ///< HOST:PORT under which others can dial it; empty for a client

  std::string_view tag_view() const noexcept { return {tag.data(), tag.size()}; }
};

/// What becomes of a hello.
enum class hello_verdict : std::uint8_t {
  accept,
  self,           ///< our own incarnation: the address leads back to us
  other_cluster,  ///< cluster names differ
  wire_version_mismatch,
  duplicate_name,  ///< another live node has this name: the newcomer is refused
  tag_clash,       ///< two live incarnations drew the same tag: the later must restart
  replaces_older,  ///< a restart of a node that fell silent: declare the old one down first
  too_many_peers,
};
std::string_view to_string(hello_verdict v) noexcept;

/// Who has to start again with a new tag: always the later incarnation of the two.
enum class tag_clash_loser : std::uint8_t { us, them, known_peer };

/// A peer that is up, as far as it matters to another one's hello.
struct known_peer {
  const peer_identity* identity = nullptr;
  /// Nothing was heard from it for a while, though it was asked (failure_detector::state).
  bool suspected = false;
};

/// The peers that are up and have something in common with the sender of a hello, but are not the
/// same incarnation. Empty where there is none.
struct hello_rivals {
  std::optional<known_peer> same_name;
  std::optional<known_peer> same_tag;
};

struct hello_result {
  hello_verdict verdict = hello_verdict::accept;
  tag_clash_loser loser = tag_clash_loser::them;  ///< of a tag_clash
  /// One sentence for our log and one for the other side's, empty for accept. Both name both.
  std::string here;
  std::string there;
};

/// Judges the hello of `other`. Checks in the order of what explains most: cluster, wire version,
/// self, name, tag. Two nodes that judge each other's hello agree on self, other_cluster,
/// wire_version_mismatch and tag_clash, and on its loser.
hello_result judge_hello(const peer_identity& own, const peer_identity& other,
                         const hello_rivals& rivals);

}  // namespace pushmesh::cluster
