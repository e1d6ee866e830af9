#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/meta/type_name.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/type_id.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/messages/socket_messages.hpp"
#include "cluster/link/linked_peer.hpp"
#include "cluster/link/membership_actions.hpp"

namespace pushmesh::cluster {

/// The only message that travels between nodes: some items of wire_v1. Its name and fields are wire
/// format.
struct link_batch {
  std::uint8_t version = 1;
  std::uint64_t sequence = 0;
  std::string bytes;
};

template <class I>
auto inspect(I& f, link_batch& x) {
  return f(caf::meta::type_name("pushmesh.link_batch"), x.version, x.sequence, x.bytes);
}

// Inside a process.

/// To a link: something waits in its outbox.
struct link_wake {};
/// To a link: receivers took so much of what it brought in.
struct link_taken {
  std::size_t bytes = 0;
};
/// To a link or the gateway, by itself.
struct link_tick {};

/// What the gateway tells a link.
struct link_order {
  enum class what : std::uint8_t { hello, welcome, gossip, up, drop, leave } order;
  hello_verdict verdict = hello_verdict::accept;  // of hello and drop
  drop_reason reason = drop_reason::refused;      // of drop
  std::string text{};                             // of hello and drop
  std::vector<std::string> addresses{};           // of gossip
  peer_ref peer{};                                // of up
};

/// What a link tells the gateway.
struct link_news {
  enum class what : std::uint8_t {
    hello,
    welcome,
    refused,
    lost,
    goodbye,
    gossip,
    suspected,
    recovered
  } news;
  link_id link = 0;
  hello_verdict verdict = hello_verdict::accept;
  std::optional<peer_identity> identity{};
  std::string text{};
  std::vector<std::string> addresses{};
};

/// Answers of the connect_probe to the gateway.
struct probe_answer {
  link_id link = 0;
  bool answered = false;
};
struct lookup_answer {
  std::string target;
  std::vector<std::string> addresses;
};
/// To the gateway: changes of the own rooms wait to be told.
struct interest_wake {};
/// To the gateway: say goodbye to all. Answered with an empty message once no link is left.
struct gateway_leave {};
/// To the gateway: end.
struct gateway_stop {};

}  // namespace pushmesh::cluster

CAF_BEGIN_TYPE_ID_BLOCK(pushmesh_cluster, caf::id_block::pushmesh_actors::end)
CAF_ADD_TYPE_ID(pushmesh_cluster, (pushmesh::cluster::link_batch))
CAF_END_TYPE_ID_BLOCK(pushmesh_cluster)

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pushmesh::cluster::link_wake)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pushmesh::cluster::link_taken)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pushmesh::cluster::link_tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pushmesh::cluster::link_order)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pushmesh::cluster::link_news)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pushmesh::cluster::probe_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pushmesh::cluster::lookup_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pushmesh::cluster::interest_wake)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pushmesh::cluster::gateway_leave)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pushmesh::cluster::gateway_stop)
