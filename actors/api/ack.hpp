#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/api/ids.hpp"
#include "actors/api/json_value.hpp"
#include "actors/api/json_writer.hpp"
#include "actors/api/payload.hpp"

namespace pushmesh {

/// One client's answer to an emit with acknowledgement.
struct ack_reply {
  socket_id socket;
  std::string node;  ///< name of the node it is connected to
  std::string user;  ///< user the socket is logged in as, empty when none
  payload args;      ///< the answer's arguments; may be passed on as they are

  /// Argument `index` as a T. Throws json_error (missing or of another type).
  template <class T>
  T get(std::size_t index = 0) const {
    return from_json<T>(raw(index), args.attachments);
  }
  /// Raw JSON of argument `index`; `null` when there is none.
  std::string_view raw(std::size_t index = 0) const;
  /// The same to be passed on, attachments included.
  raw_json arg(std::size_t index = 0) const { return {raw(index), args.attachments}; }
};

/// What became of an emit with acknowledgement. Every receiver is in exactly one list.
struct ack_result {
  std::vector<ack_reply> acked;
  std::vector<socket_id> timed_out;        ///< connected, but no answer by the end
  std::vector<socket_id> left;             ///< disconnected before answering
  std::vector<std::string> nodes_missing;  ///< nodes whose answers are unknown: lost, or overloaded
  bool overloaded = false;  ///< not sent at all: the node's bound on pending acks is reached

  /// True when everybody who got it answered.
  bool complete() const noexcept {
    return timed_out.empty() && left.empty() && nodes_missing.empty() && !overloaded;
  }
};

/// How long, and for whom, answers are awaited.
struct ack_terms {
  std::chrono::milliseconds timeout{10'000};
  /// Ends as soon as one of those asked disconnects, with what there is then. That a node is lost
  /// ends it always.
  bool until_first_loss = false;
};

/// Runs once, on a shard's thread: the one the emit was made on, else any.
using ack_callback = std::function<void(ack_result)>;

/// Answers a client's event, once, at any time and from any thread. Copies answer the same event;
/// the first answer counts. Dropping it unanswered leaves the client waiting, as in the official
/// server. Does not keep the socket alive.
class ack {
 public:
  ack() = default;
  /// Sends the answer. Returns false when there was nothing to answer: the client asked for no
  /// ack or somebody answered already.
  template <class... Args>
  bool operator()(const Args&... args) const {
    return send(payload_of(args...));
  }
  /// True when the client asked for an answer.
  explicit operator bool() const noexcept { return state_ != nullptr; }

  struct state;  // internal

 private:
  friend class event;
  bool send(payload args) const;
  std::shared_ptr<state> state_;
};

/// An emit whose receivers are asked to acknowledge; nothing is sent before then() (or async() of
/// pushmesh/asio.hpp).
class [[nodiscard]] pending_emit {
 public:
  using launcher = std::function<void(const ack_terms&, ack_callback)>;
  explicit pending_emit(launcher launch) : launch_(std::move(launch)) {}
  /// How long answers are awaited; default 10 s.
  pending_emit&& timeout(std::chrono::milliseconds t) && { return std::move(timeout(t)); }
  pending_emit& timeout(std::chrono::milliseconds t) & {
    terms_.timeout = t;
    return *this;
  }
  /// Ends as soon as somebody who was asked disconnects; see ack_terms.
  pending_emit&& until_first_loss() && { return std::move(until_first_loss()); }
  pending_emit& until_first_loss() & {
    terms_.until_first_loss = true;
    return *this;
  }
  /// Sends, and calls `done` when everybody answered or left, the time is over, or a node that has
  /// receivers was lost: then at once, with the answers there are.
  void then(ack_callback done) { launch_(terms_, std::move(done)); }

 private:
  launcher launch_;
  ack_terms terms_;
};

}  // namespace pushmesh
