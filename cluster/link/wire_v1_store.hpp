#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "actors/api/ids.hpp"
#include "cluster/link/peer_identity.hpp"
#include "cluster/link/wire_v1_bounds.hpp"
#include "cluster/link/wire_v1_error.hpp"
#include "cluster/link/wire_v1_list.hpp"
#include "cluster/link/wire_v1_request.hpp"

/// The items of the session store (cluster/push/store/store_message.hpp says what they mean). All
/// are in the fifo: they rely on their order. Times are milliseconds since 1970.
namespace pushmesh::cluster::wire_v1 {

/// Times are before the year 287396: what is computed with them cannot overflow.
inline constexpr std::uint64_t max_store_time = std::uint64_t{1} << 53;

struct store_epoch {
  std::uint64_t number = 0;
  incarnation_id by;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.number), a.raw(x.by.bytes);
  }
};

struct store_state {
  store_epoch epoch;
  std::uint64_t version = 0;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.sub(x.epoch), a.number(x.version);
  }
};

struct store_head {
  store_state state;
  list<store_state> past;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.sub(x.state), a.elements(x.past, max_store_past);
  }
};

struct store_device {
  std::string_view device;
  std::string_view platform;
  socket_id socket;
  incarnation_id home;
  std::string_view node;
  std::uint64_t since = 0;
  std::string_view address;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.text(x.device, max_name), a.text(x.platform, max_name), a.id(x.socket);
    a.raw(x.home.bytes), a.text(x.node, max_name), a.number(x.since), a.text(x.address, max_name);
    a.require(x.since <= max_store_time);
  }
};

struct store_payload {
  std::string_view id;
  std::string_view event;
  std::string_view args;
  std::uint64_t created = 0;
  std::uint64_t expires = 0;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.text(x.id, max_name), a.text(x.event, max_name), a.text(x.args, max_joined);
    a.number(x.created), a.number(x.expires);
    a.require(x.created <= max_store_time && x.expires <= max_store_time);
  }
};

struct store_loser {
  store_device device;
  std::uint8_t reason = 0;  ///< push::loss_reason
  std::string_view by;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.sub(x.device), a.code(x.reason, std::uint8_t{0}), a.text(x.by, max_name);
  }
};

struct store_waiting {
  store_payload message;
  std::uint16_t attempts = 0;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.sub(x.message), a.number(x.attempts);
  }
};

/// One push::user_change, by the number of its type.
struct store_change {
  enum class step : std::uint8_t {
    device_put,
    device_gone,
    tag_put,
    tag_gone,
    message_queued,
    message_sent,
    message_removed,
    cursor_moved
  };
  step what = step::cursor_moved;
  std::string_view name;                 ///< of the tag, or id of the message
  std::uint8_t detail = 0;               ///< tag_source or removal
  std::uint64_t number = 0;              ///< attempts, or position in the log
  std::uint64_t at = 0;                  ///< when
  std::string_view by;                   ///< device that acknowledged it
  std::optional<store_device> device;    ///< device_put
  socket_id socket;                      ///< device_gone; else absent
  std::optional<store_payload> message;  ///< message_queued

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.code(x.what, step::cursor_moved), a.text(x.name, max_name);
    a.code(x.detail, std::uint8_t{2}), a.number(x.number), a.number(x.at), a.text(x.by, max_name);
    a.maybe(x.device), a.maybe(x.message);
    a.require(x.at <= max_store_time);
    a.require(x.device.has_value() == (x.what == step::device_put));
    a.require(x.message.has_value() == (x.what == step::message_queued));
    if (x.what == step::device_gone) a.id(x.socket);
  }
};

struct store_request {
  static constexpr auto kind = item_kind::store_request;
  request_id id;
  std::string_view user;
  std::uint8_t verb = 0;  ///< push::user_verb
  std::string_view by;    ///< device, where there is no socket
  std::optional<store_device> device;
  texts tags;
  std::string_view message;
  std::optional<store_payload> payload;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.id.value), a.text(x.user, max_name), a.code(x.verb, std::uint8_t{9});
    a.text(x.by, max_name), a.maybe(x.device), a.elements(x.tags, max_elements);
    a.text(x.message, max_name), a.maybe(x.payload);
  }
};

struct store_answer {
  static constexpr auto kind = item_kind::store_answer;
  request_id id;
  bool not_owner = false;
  std::uint8_t error = 0;  ///< push::store_errc; 0: none
  std::uint64_t count = 0;
  list<store_loser> losers;
  list<store_device> devices;
  texts tags;
  list<store_waiting> waiting;
  std::uint64_t offline = 0;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.id.value), a.flags(x.not_owner), a.code(x.error, std::uint8_t{5});
    a.number(x.count), a.elements(x.losers, max_elements), a.elements(x.devices, max_elements);
    a.elements(x.tags, max_elements), a.elements(x.waiting, max_elements), a.number(x.offline);
  }
};

struct store_claim {
  static constexpr auto kind = item_kind::store_claim;
  std::string_view user;
  store_epoch epoch;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.text(x.user, max_name), a.sub(x.epoch);
  }
};

struct store_claim_answer {
  static constexpr auto kind = item_kind::store_claim_answer;
  std::string_view user;
  store_epoch epoch;
  store_epoch promised;
  std::optional<store_head> head;
  list<store_change> record;
  list<socket_id> logins;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.text(x.user, max_name), a.sub(x.epoch), a.sub(x.promised), a.maybe(x.head);
    a.elements(x.record, max_elements), a.elements(x.logins, max_elements);
  }
};

struct store_write {
  static constexpr auto kind = item_kind::store_write;
  std::string_view user;
  store_head head;
  bool whole = false;
  list<store_change> changes;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.text(x.user, max_name), a.sub(x.head), a.flags(x.whole);
    a.elements(x.changes, max_elements);
  }
};

struct store_written {
  static constexpr auto kind = item_kind::store_written;
  std::string_view user;
  store_state state;
  std::uint8_t verdict = 0;  ///< push::copy_answer::verdict
  store_epoch promised;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.text(x.user, max_name), a.sub(x.state), a.code(x.verdict, std::uint8_t{2});
    a.sub(x.promised);
  }
};

struct store_release {
  static constexpr auto kind = item_kind::store_release;
  std::string_view user;
  store_state state;
  store_epoch epoch;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.text(x.user, max_name), a.sub(x.state), a.sub(x.epoch);
  }
};

struct store_hint {
  static constexpr auto kind = item_kind::store_hint;
  std::string_view user;
  store_state state;
  store_epoch promised;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.text(x.user, max_name), a.sub(x.state), a.sub(x.promised);
  }
};

struct store_lost {
  static constexpr auto kind = item_kind::store_lost;
  std::string_view user;
  store_loser loser;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.text(x.user, max_name), a.sub(x.loser);
  }
};

}  // namespace pushmesh::cluster::wire_v1
