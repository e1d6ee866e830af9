#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "net/transport/outbound_budget.hpp"
#include "net/transport/relay/session_link.hpp"
#include "net/transport/relay/tunnel_gather.hpp"

namespace pushmesh::net {

/// What one loop sends over one link. While the link has no room messages wait here, in order, and
/// are charged to the outbound budget: their clients wait for answers, or are not read from. What
/// tunnels are written is gathered until the end of the turn. Belongs to the loop's thread.
class relay_outlet {
 public:
  relay_outlet(session_link_ref link, outbound_budget& budget)
      : link_(std::move(link)), charge_(budget) {}

  std::uint64_t link_id() const noexcept { return link_->id(); }
  /// Messages wait: whoever can wait with more, has to.
  bool blocked() const noexcept { return !waiting_.empty(); }
  /// So much waits that further requests had better be refused: a second of a slow link, or a peer
  /// that stands still, may not use up the budget of all.
  bool crowded() const noexcept { return waiting_bytes_ > max_waiting; }

  /// False when it is larger than what can travel; it is gone then.
  bool send(relay_message message);
  /// Bytes for the edge of a tunnel, one frame or some.
  void write(std::uint64_t tunnel, std::string_view piece);
  void grant(tunnel_place at, tunnel_grant grant) { grants_[at].push_back(grant); }
  /// What was gathered goes out, in front of what is sent from now on.
  void flush();
  /// Sends what waits, as far as there is room.
  void retry();
  /// The link is lost: what waits is dropped, and so is all that is sent from now on.
  void close();

 private:
  static constexpr std::size_t max_waiting = 8 * 1024 * 1024;
  void keep(relay_message message);

  session_link_ref link_;
  std::map<std::uint16_t, tunnel_gather> gathered_;  // by loop of the edge
  std::map<tunnel_place, std::vector<tunnel_grant>> grants_;
  std::deque<relay_message> waiting_;
  budget_charge charge_;
  std::size_t waiting_bytes_ = 0;
  bool closed_ = false;
};
/// Kept by all that send through it.
using relay_outlet_ref = std::shared_ptr<relay_outlet>;

}  // namespace pushmesh::net
