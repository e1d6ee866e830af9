#pragma once

#include <cstdint>
#include <string_view>

#include "actors/id_source.hpp"
#include "cluster/link/peer_identity.hpp"
#include "cluster/link/wire_v1_bounds.hpp"
#include "cluster/link/wire_v1_error.hpp"
#include "cluster/link/wire_v1_list.hpp"

/// The items about the link itself; the others are in wire_v1_items.hpp.
namespace pushmesh::cluster::wire_v1 {

/// A peer_identity without copies.
struct identity {
  std::uint16_t wire_version = current_wire_version;
  std::string_view cluster;
  std::string_view name;
  incarnation_id incarnation;
  actors::node_tag tag{};
  peer_role role = peer_role::node;
  std::string_view address;

  identity() = default;
  identity(const peer_identity& p) noexcept;
  peer_identity copy() const;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.wire_version), a.text(x.cluster, max_identity_text);
    a.text(x.name, max_identity_text), a.raw(x.incarnation.bytes), a.raw(x.tag);
    a.code(x.role, peer_role::client), a.text(x.address, max_identity_text);
  }
};

/// Who dials in. Begins like this in all wire versions, so that a mismatch can be told; later
/// versions may append.
struct hello {
  static constexpr auto kind = item_kind::hello;
  static constexpr bool may_grow = true;
  identity self;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.sub(x.self);
  }
};

/// Answer to a hello; the same holds for it as for `hello`.
struct hello_answer {
  static constexpr auto kind = item_kind::hello_answer;
  static constexpr bool may_grow = true;
  hello_verdict verdict = hello_verdict::accept;  ///< may be a number only later versions name
  std::string_view sentence;                      ///< why it was refused
  identity self;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.code(x.verdict, static_cast<hello_verdict>(0xff)), a.text(x.sentence, max_sentence);
    a.sub(x.self);
  }
};

struct ping {
  static constexpr auto kind = item_kind::ping;
  std::uint64_t id = 0;
  std::uint64_t time_us = 0;  ///< clock of who asks

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.id), a.number(x.time_us);
  }
};

/// A ping's content, sent back unchanged.
struct pong {
  static constexpr auto kind = item_kind::pong;
  std::uint64_t id = 0;
  std::uint64_t time_us = 0;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.id), a.number(x.time_us);
  }
};

/// So many more bytes may be sent.
struct credit {
  static constexpr auto kind = item_kind::credit;
  std::uint64_t bytes = 0;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.bytes);
  }
};

/// Says that this link counts, to the side that does not decide (membership).
struct welcome {
  static constexpr auto kind = item_kind::welcome;

  template <class A, class X>
  static void fields(A&, X&) {}
};

/// Addresses of peers that are up, HOST:PORT each.
struct gossip {
  static constexpr auto kind = item_kind::gossip;
  texts addresses;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.elements(x.addresses, max_known_peers);
  }
};

enum class goodbye_reason : std::uint8_t {
  shutting_down = 1,  ///< the node ends; do not redial before it says hello
  protocol_error,     ///< bytes or numbers of the other side make no sense
  replaced,           ///< another link to the same node took over
  too_slow,           ///< no progress in time
  refused,            ///< the hello that came by another link was better: see `sentence`
};

/// The link ends on purpose. Overtakes what is queued: sent when that is empty or given up.
struct goodbye {
  static constexpr auto kind = item_kind::goodbye;
  static constexpr bool may_grow = true;
  goodbye_reason reason = goodbye_reason::shutting_down;  ///< may be a number unknown here
  std::string_view sentence;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.code(x.reason, static_cast<goodbye_reason>(0xff)), a.text(x.sentence, max_sentence);
  }
};

}  // namespace pushmesh::cluster::wire_v1
