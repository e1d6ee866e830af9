#include "cluster/link/tls_failure_log.hpp"

namespace pushmesh::cluster {

namespace {

/// Whoever dials has another port each time.
std::string host_of(const std::string& peer) {
  return peer.substr(0, peer.rfind(':'));
}

}  // namespace

std::optional<std::string> tls_failure_log::line(const net::tls_failure& f, clock::time_point now) {
  ++total_;
  const auto accepted = f.side == net::tls_failure::side::accepted;
  const auto who = accepted ? "from " + host_of(f.peer) : "to " + f.peer;
  std::erase_if(known_, [now](const auto& k) { return k.second <= now; });
  if (known_.size() >= max_known) return std::nullopt;
  if (!known_.emplace(std::pair(who, f.reason), now + pause).second) return std::nullopt;
  return "the TLS connection " + who + " failed: " + f.reason;
}

}  // namespace pushmesh::cluster
