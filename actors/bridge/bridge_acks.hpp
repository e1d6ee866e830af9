#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "actors/ack_listener.hpp"
#include "actors/address.hpp"
#include "actors/api/ack.hpp"
#include "actors/bridge/ack_outbox.hpp"
#include "actors/bridge/bridge_counters.hpp"
#include "actors/bridge_options.hpp"
#include "net/protocol/bridge/bridge_event.hpp"
#include "net/redis/connection.hpp"

namespace pushmesh::actors {

class cluster_port;
class node_core;
class shard;

/// Acknowledgements for those who publish: asks the receivers of some events and publishes each
/// answer at once, on `<key>-acks#<namespace>#<message id>` (docs/bridge.md). The message id is the
/// event's first argument. Lives on the bridge's shard, made by make_shared: answers that come
/// later than its end find nobody.
class bridge_acks : public std::enable_shared_from_this<bridge_acks> {
 public:
  using publisher = std::function<void(std::string_view channel, std::string_view text,
                                       net::redis::reply_handler done)>;

  /// All but `publish` must live longer.
  bridge_acks(node_core& core, shard& home, const bridge_options& options, const std::string& key,
              bridge_counters& counters, publisher publish);

  /// Sends the event to the sockets addressed and asks them. False, and nothing was done: it is
  /// none of those events, or has no message id.
  bool emit(const address& to, const net::bridge_event& event);

 private:
  class question;
  void ask_others(cluster_port& others, const address& to, std::string_view event,
                  const payload& args, std::uint64_t request,
                  const std::shared_ptr<ack_listener>& asked);
  void publish_soon(ack_outbox::message m);
  void pump();
  void published(const net::redis::redis_result& r);
  void lost(std::size_t count, const std::string& why);

  node_core& core_;
  shard& home_;
  const bridge_options& options_;
  bridge_counters& counters_;
  publisher publish_;
  const std::string& key_;
  std::string channel_prefix_;
  std::set<std::string, std::less<>> events_;
  ack_outbox outbox_;
  std::chrono::steady_clock::time_point may_complain_{};  // losses are logged from then on
};

/// What is published of one acknowledgement, `after` the event was sent.
std::string ack_message(const ack_reply& reply, std::chrono::milliseconds after);

/// The message id in the arguments of an event: the text of the first one, if that is a string or a
/// number of at most 256 bytes; else empty.
std::string message_id_of(std::string_view args);

}  // namespace pushmesh::actors
