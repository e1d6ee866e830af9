#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "actors/api/ack.hpp"
#include "actors/api/ids.hpp"
#include "net/transport/timer_wheel.hpp"

namespace pushmesh::actors {

/// Acknowledgements one shard waits for: which of its sockets were asked by which emit, and what
/// became of each. Pure: the caller arms the timers and passes the clock.
class ack_table {
 public:
  using done_callback = std::function<void(ack_result)>;
  using reply_callback = std::function<void(ack_reply)>;

  /// Waits for `asked` to answer the emit `ack_id`; `done` runs when all have answered, left or
  /// timed out (at once when nobody was asked), with `until_first_loss` as soon as one has left.
  /// Ids are unique per node and never reused. With `each` the answers go there, one by one, and
  /// not into the result.
  void expect(std::uint64_t ack_id, std::vector<socket_id> asked, done_callback done,
              bool until_first_loss = false, reply_callback each = {});
  /// An answer. False when this socket does not owe this ack: ignored, as in the official server.
  bool answer(std::uint64_t ack_id, const socket_id& from, std::string_view user, payload args);
  /// The socket is gone: whatever it owes counts as left.
  void leave(std::uint64_t ack_id, const socket_id& who);
  /// The time of an emit is over: whoever still owes it timed out.
  void expire(std::uint64_t ack_id);
  /// Answers still owed, summed over all emits.
  std::size_t owed() const noexcept { return owed_; }
  std::size_t emits() const noexcept { return pending_.size(); }

 private:
  struct pending {
    std::unordered_set<socket_id> owing;
    ack_result result;
    done_callback done;
    reply_callback each;
    bool until_first_loss = false;
  };
  using entry = std::unordered_map<std::uint64_t, pending>::iterator;
  void settle(entry e);
  void finish(entry e);
  std::unordered_map<std::uint64_t, pending> pending_;
  std::size_t owed_ = 0;
};

}  // namespace pushmesh::actors
