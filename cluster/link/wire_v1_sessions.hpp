#pragma once

#include <cstdint>
#include <string_view>

#include "actors/api/ids.hpp"
#include "cluster/link/wire_v1_bounds.hpp"
#include "cluster/link/wire_v1_error.hpp"
#include "cluster/link/wire_v1_list.hpp"

/// The items about clients that are connected to another node than their session's: what
/// net/transport/relay/relay_message.hpp describes. Only nodes send them.
namespace pushmesh::cluster::wire_v1 {

/// What an HTTP request asks of a session; net::polling_request::kind by number.
enum class session_verb : std::uint8_t { get, post_begun, post, other, hurry, gone, withdrawn };

struct session_request {
  static constexpr auto kind = item_kind::session_request;
  std::uint64_t exchange = 0;
  socket_id sid;
  session_verb what = session_verb::get;
  bool is_binary = false;
  std::string_view body;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.exchange), a.id(x.sid), a.code(x.what, session_verb::withdrawn);
    a.flags(x.is_binary), a.text(x.body, max_joined);
  }
};

struct session_answer {
  static constexpr auto kind = item_kind::session_answer;
  std::uint64_t exchange = 0;
  std::uint16_t status = 200;  ///< of HTTP
  std::string_view content_type;
  std::string_view body;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.exchange), a.number(x.status), a.text(x.content_type, max_name),
        a.text(x.body, max_joined);
  }
};

struct tunnel_open {
  static constexpr auto kind = item_kind::tunnel_open;
  std::uint64_t tunnel = 0;
  socket_id sid;
  std::string_view response;      ///< the answer to the upgrade
  std::string_view already_read;  ///< what came behind the request

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.tunnel), a.id(x.sid), a.text(x.response, max_name),
        a.text(x.already_read, max_joined);
  }
};

/// Which end of tunnels an item is for, and which shard of the receiver has it.
struct tunnel_place {
  bool edge = false;
  std::uint16_t shard = 0;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.flags(x.edge), a.number(x.shard);
  }
};

struct tunnel_number {
  std::uint64_t value = 0;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.value);
  }
};

struct tunnel_data {
  static constexpr auto kind = item_kind::tunnel_data;
  tunnel_place at;
  list<tunnel_number> tunnels;
  std::string_view bytes;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.sub(x.at), a.elements(x.tunnels, max_elements), a.text(x.bytes, max_joined);
  }
};

struct tunnel_grant {
  std::uint64_t tunnel = 0;
  std::uint64_t bytes = 0;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.tunnel), a.number(x.bytes);
  }
};

struct tunnel_credit {
  static constexpr auto kind = item_kind::tunnel_credit;
  tunnel_place at;
  list<tunnel_grant> grants;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.sub(x.at), a.elements(x.grants, max_elements);
  }
};

/// net::tunnel_end::how by number.
enum class tunnel_ending : std::uint8_t { finished, closed, reset };

struct tunnel_end {
  static constexpr auto kind = item_kind::tunnel_end;
  tunnel_place at;
  std::uint64_t tunnel = 0;
  tunnel_ending how = tunnel_ending::finished;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.sub(x.at), a.number(x.tunnel), a.code(x.how, tunnel_ending::reset);
  }
};

}  // namespace pushmesh::cluster::wire_v1
