#pragma once

#include <cstdint>
#include <string_view>

#include "cluster/link/wire_v1_bounds.hpp"
#include "cluster/link/wire_v1_error.hpp"

/// The items about the lease feed (docs/bridge.md): nodes with Redis feed those without. All are
/// in the fifo, because they say where in the order of all that is emitted something begins or
/// ends.
namespace pushmesh::cluster::wire_v1 {

/// The sender receives what is published through Redis under this key, or does not any more.
struct bridging {
  static constexpr auto kind = item_kind::bridging;
  bool live = false;
  std::string_view key;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.flags(x.live), a.text(x.key, max_name);
  }
};

/// The sender wants to be fed by the receiver from now on, or does not any more.
struct feed_ask {
  static constexpr auto kind = item_kind::feed_ask;
  std::uint64_t number = 0;  ///< of the lease; the sender drew it
  bool wanted = false;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.number), a.flags(x.wanted);
  }
};

enum class feed_event : std::uint8_t {
  granted,      ///< what is published from here on follows
  handed_over,  ///< here stands the receiver's marker: nothing more follows
};

/// What becomes of a lease, at this place in the order.
struct feed_news {
  static constexpr auto kind = item_kind::feed_news;
  std::uint64_t number = 0;
  feed_event event = feed_event::granted;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.number), a.code(x.event, feed_event::handed_over);
  }
};

}  // namespace pushmesh::cluster::wire_v1
