#include "cluster/link/peer_identity.hpp"

namespace pushmesh::cluster {

namespace {

std::string quoted(std::string_view text) {
  return "'" + std::string(text) + "'";
}

/// How a sentence names somebody: name, where it listens, which run of it.
std::string describe(const peer_identity& p) {
  auto text = (p.role == peer_role::client ? "client " : "node ") + quoted(p.name);
  if (!p.address.empty() && p.address != p.name) text += " at " + p.address;
  return text + " (run " + p.incarnation.brief() + ")";
}

hello_result verdict(hello_verdict v, std::string here, std::string there) {
  return {v, tag_clash_loser::them, std::move(here), std::move(there)};
}

std::string cluster_sentence(const peer_identity& speaker, const peer_identity& other) {
  return "refused " + describe(other) + ": it belongs to cluster " + quoted(other.cluster) +
         ", we to " + quoted(speaker.cluster);
}

std::string version_sentence(const peer_identity& speaker, const peer_identity& other) {
  return "refused " + describe(other) + ": it speaks wire version " +
         std::to_string(other.wire_version) + ", we " + std::to_string(speaker.wire_version) +
         "; all nodes of a cluster need the same";
}

std::string clash_sentence(const peer_identity& stays, const peer_identity& restarts) {
  return describe(restarts) + " and " + describe(stays) + " have the same tag " +
         quoted(stays.tag_view()) + ": the later one, " + quoted(restarts.name) +
         ", must start again with a new tag";
}

hello_result same_name(const peer_identity& other, const peer_identity& holder, bool suspected) {
  if (suspected && holder.incarnation < other.incarnation)
    return verdict(hello_verdict::replaces_older,
                   describe(other) + " replaces the silent " + describe(holder),
                   "you replace the silent " + describe(holder));
  return verdict(hello_verdict::duplicate_name,
                 "refused " + describe(other) + ": its name belongs to " + describe(holder) +
                     ", which is alive",
                 "refused: the name of " + describe(other) + " belongs to " + describe(holder) +
                     ", which is alive; give each node its own name");
}

hello_result same_tag(const peer_identity& other, const peer_identity& holder,
                      tag_clash_loser if_holder_is_later) {
  const auto other_restarts = holder.incarnation < other.incarnation;
  auto sentence = other_restarts ? clash_sentence(holder, other) : clash_sentence(other, holder);
  return {hello_verdict::tag_clash, other_restarts ? tag_clash_loser::them : if_holder_is_later,
          sentence, sentence};
}

}  // namespace

incarnation_id incarnation_id::make(std::uint64_t unix_ms,
                                    const std::array<std::uint8_t, 10>& random) noexcept {
  incarnation_id id;
  for (int i = 0; i < 6; ++i) id.bytes[i] = static_cast<std::uint8_t>(unix_ms >> (40 - 8 * i));
  for (std::size_t i = 0; i < random.size(); ++i) id.bytes[6 + i] = random[i];
  return id;
}

std::string incarnation_id::hex() const {
  std::string text;
  text.reserve(2 * size);
  for (const auto b : bytes) {
    text += "0123456789abcdef"[b >> 4];
    text += "0123456789abcdef"[b & 15];
  }
  return text;
}

std::string_view to_string(hello_verdict v) noexcept {
  switch (v) {
    case hello_verdict::accept:
      return "accept";
    case hello_verdict::self:
      return "self";
    case hello_verdict::other_cluster:
      return "other_cluster";
    case hello_verdict::wire_version_mismatch:
      return "wire_version_mismatch";
    case hello_verdict::duplicate_name:
      return "duplicate_name";
    case hello_verdict::tag_clash:
      return "tag_clash";
    case hello_verdict::replaces_older:
      return "replaces_older";
    case hello_verdict::too_many_peers:
      return "too_many_peers";
  }
  return "unknown";
}

hello_result judge_hello(const peer_identity& own, const peer_identity& other,
                         const hello_rivals& rivals) {
  if (own.cluster != other.cluster)
    return verdict(hello_verdict::other_cluster, cluster_sentence(own, other),
                   cluster_sentence(other, own));
  if (own.wire_version != other.wire_version)
    return verdict(hello_verdict::wire_version_mismatch, version_sentence(own, other),
                   version_sentence(other, own));
  if (own.incarnation == other.incarnation) {
    const auto sentence = "an address leads back to " + describe(own) + " itself";
    return verdict(hello_verdict::self, sentence, sentence);
  }
  // A client's name is only for logs: ten shells of one host may have the same.
  if (other.role == peer_role::node) {
    if (own.role == peer_role::node && own.name == other.name) return same_name(other, own, false);
    if (rivals.same_name)
      if (auto r = same_name(other, *rivals.same_name->identity, rivals.same_name->suspected);
          r.verdict == hello_verdict::duplicate_name)
        return r;
  }
  if (own.tag == other.tag) return same_tag(other, own, tag_clash_loser::us);
  if (rivals.same_tag)
    return same_tag(other, *rivals.same_tag->identity, tag_clash_loser::known_peer);
  if (other.role == peer_role::node && rivals.same_name)
    return same_name(other, *rivals.same_name->identity, rivals.same_name->suspected);
  return {};
}

}  // namespace pushmesh::cluster
