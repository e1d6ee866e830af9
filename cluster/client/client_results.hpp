#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pushmesh {

/// How a call of a client ended.
enum class call_outcome : std::uint8_t {
  done,             ///< a node did it, and answered
  unknown_outcome,  ///< sent, but the node was lost, or did not answer in time: may be done or not
  unreachable,      ///< never sent: no node could be reached
  overloaded,       ///< never sent: too much waits already
  refused,          ///< never sent: the event is reserved, or the call too large for a node
  stopped,          ///< never sent: the client was stopped
};
std::string_view to_string(call_outcome o) noexcept;

/// What a call of a client came to. T is the same as on a server.
template <class T>
struct client_result {
  call_outcome outcome = call_outcome::done;
  T value{};         ///< when done; of an unknown outcome: what had come by then
  std::string node;  ///< name of the node that was asked; empty: never sent
  std::string why;   ///< a sentence for people; empty when done

  bool ok() const noexcept { return outcome == call_outcome::done; }
};

/// A node that is up, as the asked one sees it.
struct node_info {
  std::string name;
  std::string address;  ///< HOST:PORT of its cluster listener
  std::string tag;      ///< what the ids of its sockets begin with
};

}  // namespace pushmesh
