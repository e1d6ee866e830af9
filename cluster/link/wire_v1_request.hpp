#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string_view>

#include "cluster/link/wire_v1_bounds.hpp"

namespace pushmesh::cluster::wire_v1 {

/// Names a request among those of the node that made it.
struct request_id {
  std::uint64_t value = 0;
  friend auto operator<=>(const request_id&, const request_id&) = default;
};

/// Bytes that JSON cannot hold: see pushmesh::payload.
struct blob {
  std::string_view bytes;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.text(x.bytes, max_joined);
  }
};

/// Asks for an answer, which the other side has to give within `timeout`.
struct ack_request {
  request_id id;
  std::chrono::milliseconds timeout{0};  ///< below 2^32
  bool until_first_loss = false;         ///< see pushmesh::ack_terms

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.id.value), a.millis(x.timeout), a.flags(x.until_first_loss);
  }
};

}  // namespace pushmesh::cluster::wire_v1
