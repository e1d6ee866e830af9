#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cluster/link/peer_identity.hpp"

namespace pushmesh::cluster {

/// Names one attempt to link with somebody, and the link it becomes. Never reused.
using link_id = std::uint64_t;

/// How a dial ended.
enum class dial_result : std::uint8_t {
  connected,
  failed,
  cut_by_tick,  ///< by a heartbeat tick of the middleman: says nothing about the peer
};

/// Why a link is dropped.
enum class drop_reason : std::uint8_t {
  refused,         ///< with a `verdict` and a `text` for the other side's log: send them
  duplicate_link,  ///< another link of the same pair counts
  deadline,        ///< probe, dial, hello or welcome took too long
  replaced,        ///< its peer has another link now, or was restarted
  peer_left,
};

/// What membership wants done.
enum class membership_task : std::uint8_t {
  look_up,       ///< DNS: `address` is a target HOST:PORT; answer with membership::resolved
  probe,         ///< connect to `address` and close again; answer with probed
  dial,          ///< dial `address`; answer with dialled
  send_hello,    ///< to somebody who dialled us with our `verdict`, and `text` when we refuse
  send_welcome,  ///< this link counts
  send_gossip,   ///< `gossip`: addresses of peers that are up, HOST:PORT each
  drop,          ///< end `link` for `reason`; its later news is ignored
  peer_up,       ///< `peer` is up by `link`
  peer_down,     ///< `peer` is down; all that waited for it ends now; `text` says why
  restart,       ///< this node must start again with a new tag; `text` says why
  log,           ///< one line for the operator: `text`
};

/// One task, with what it needs.
struct membership_action {
  membership_task task;
  link_id link = 0;
  drop_reason reason = drop_reason::refused;
  hello_verdict verdict = hello_verdict::accept;
  std::string address{};
  std::string text{};
  peer_identity peer{};
  std::vector<std::string> gossip{};
};

}  // namespace pushmesh::cluster
