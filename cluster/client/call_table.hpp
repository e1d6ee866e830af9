#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "actors/ack_collector.hpp"
#include "actors/api/cluster_results.hpp"
#include "cluster/client/client_results.hpp"

namespace pushmesh {

inline void merge(emit_result& all, emit_result&& part) {
  actors::append(all.dropped, std::move(part.dropped));
}
inline void merge(std::vector<node_info>& all, std::vector<node_info>&& part) {
  actors::append(all, std::move(part));
}

namespace cluster {

/// What has come for a call, and whom to tell in the end.
template <class T>
struct awaited {
  using result = T;
  std::function<void(client_result<T>)> done;
  T value{};
};
using any_awaited = std::variant<awaited<emit_result>, awaited<ack_result>, awaited<fetch_result>,
                                 awaited<lookup_result>, awaited<server_reply_result>,
                                 awaited<std::vector<node_info>>>;

/// A call, as it goes to a node.
struct call {
  std::uint64_t id = 0;            ///< of next_id(); the items name it
  std::vector<std::string> items;  ///< encoded, sent one behind the other; none: it breaks a bound
  bool is_volatile = false;        ///< of the first item
  std::chrono::milliseconds patience{0};  ///< from sending to the last answer
  any_awaited answer;
};

struct call_bounds {
  std::size_t pending = 0;        ///< calls
  std::size_t waiting_bytes = 0;  ///< of items that wait for a node
  std::chrono::milliseconds unreachable_after{0};
};

/// The calls of a client that are not complete: they wait for a node, are sent to it in the order
/// in which they were made, and wait for its answers. Every call ends exactly once. Answers what
/// became due: handlers to be run, in order, without a lock. Pure; the clock is passed in.
class call_table {
 public:
  using clock = std::chrono::steady_clock;
  using completions = std::vector<std::function<void()>>;
  /// What became of an item that was given to the node. `gone`: the node is, which node_down()
  /// will tell.
  enum class taken : std::uint8_t { yes, full, gone };
  using line = std::function<taken(std::string_view item, bool is_volatile)>;

  explicit call_table(const call_bounds& bounds) : bounds_(bounds) {}

  std::uint64_t next_id() noexcept { return ++last_id_; }
  completions launch(call c, clock::time_point now);
  completions node_up(std::string name, line to, clock::time_point now);
  completions node_down(const std::string& why);
  /// A piece of an answer, with `last` the end of it. Ignored where nothing of the kind is awaited.
  template <class T>
  completions answer(std::uint64_t id, T part, bool last);
  /// `why` says what is the matter with the nodes.
  completions expire(clock::time_point now, const std::string& why);
  /// All that is pending ends; later calls end as `stopped`.
  completions stop();

  std::size_t pending() const noexcept { return calls_.size(); }
  const std::string& node() const noexcept { return node_; }

 private:
  struct entry {
    call order;
    bool sent = false;
    clock::time_point deadline;
  };
  using map = std::unordered_map<std::uint64_t, entry>;

  void wait(entry& e);
  void send(map::iterator at, clock::time_point now);
  void end(map::iterator at, call_outcome how, std::string why);
  void end_unlaunched(call c, call_outcome how, std::string why);
  completions due() { return std::exchange(due_, {}); }

  const call_bounds bounds_;
  std::uint64_t last_id_ = 0;
  map calls_;
  std::deque<std::uint64_t> waiting_;  // for a node, in the order of their launch
  std::size_t waiting_bytes_ = 0;
  std::string node_;  // that is up
  line line_;
  bool stopped_ = false;
  completions due_;
};

template <class T>
call_table::completions call_table::answer(std::uint64_t id, T part, bool last) {
  const auto at = calls_.find(id);
  if (at == calls_.end() || !at->second.sent) return {};
  auto* const awaits = std::get_if<awaited<T>>(&at->second.order.answer);
  if (awaits == nullptr) return {};
  merge(awaits->value, std::move(part));
  if (last) end(at, call_outcome::done, {});
  return due();
}

}  // namespace cluster
}  // namespace pushmesh
