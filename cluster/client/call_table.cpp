#include "cluster/client/call_table.hpp"

#include <algorithm>
#include <type_traits>

namespace pushmesh {

std::string_view to_string(call_outcome o) noexcept {
  switch (o) {
    case call_outcome::done:
      return "done";
    case call_outcome::unknown_outcome:
      return "unknown_outcome";
    case call_outcome::unreachable:
      return "unreachable";
    case call_outcome::overloaded:
      return "overloaded";
    case call_outcome::refused:
      return "refused";
    case call_outcome::stopped:
      return "stopped";
  }
  return "";
}

namespace cluster {

namespace {

std::size_t bytes_of(const call& c) {
  std::size_t bytes = 0;
  for (const auto& item : c.items) bytes += item.size();
  return bytes;
}

}  // namespace

void call_table::end_unlaunched(call c, call_outcome how, std::string why) {
  const auto id = c.id;
  end(calls_.emplace(id, entry{std::move(c), false, {}}).first, how, std::move(why));
}

call_table::completions call_table::launch(call c, clock::time_point now) {
  const auto bytes = bytes_of(c);
  if (stopped_) {
    end_unlaunched(std::move(c), call_outcome::stopped, "the client is stopped");
  } else if (c.items.empty()) {
    end_unlaunched(std::move(c), call_outcome::refused, "it is reserved, or too large");
  } else if (calls_.size() >= bounds_.pending) {
    end_unlaunched(std::move(c), call_outcome::overloaded, "too many calls are pending");
  } else if (!line_ && bytes > bounds_.waiting_bytes - waiting_bytes_) {
    end_unlaunched(std::move(c), call_outcome::overloaded, "too much waits for a node");
  } else {
    const auto id = c.id;
    const auto at =
        calls_.emplace(id, entry{std::move(c), false, now + bounds_.unreachable_after}).first;
    line_ ? send(at, now) : wait(at->second);
  }
  return due();
}

void call_table::wait(entry& e) {
  waiting_.push_back(e.order.id);
  waiting_bytes_ += bytes_of(e.order);
}

// The items of one call follow each other: the caller holds the lock that all calls are made under.
void call_table::send(map::iterator at, clock::time_point now) {
  auto& e = at->second;
  if (!line_) return wait(e);
  switch (line_(e.order.items.front(), e.order.is_volatile)) {
    case taken::yes:
      break;
    case taken::full:
      return end(at, call_outcome::overloaded, "too much waits for node " + node_);
    case taken::gone:
      line_ = {};
      return wait(e);
  }
  e.sent = true;
  e.deadline = now + e.order.patience;
  const auto items = std::exchange(e.order.items, {});
  for (std::size_t i = 1; i < items.size(); ++i)
    if (line_(items[i], false) == taken::full)
      return end(at, call_outcome::unknown_outcome, "too much waits for node " + node_);
}

call_table::completions call_table::node_up(std::string name, line to, clock::time_point now) {
  node_ = std::move(name);
  line_ = std::move(to);
  waiting_bytes_ = 0;
  for (const auto id : std::exchange(waiting_, {})) send(calls_.find(id), now);
  return due();
}

call_table::completions call_table::node_down(const std::string& why) {
  std::vector<std::uint64_t> lost;
  for (const auto& [id, e] : calls_)
    if (e.sent) lost.push_back(id);
  std::sort(lost.begin(), lost.end());
  for (const auto id : lost) end(calls_.find(id), call_outcome::unknown_outcome, why);
  node_.clear();
  line_ = {};
  return due();
}

call_table::completions call_table::expire(clock::time_point now, const std::string& why) {
  std::vector<std::uint64_t> overdue;
  for (const auto& [id, e] : calls_)
    if (e.deadline <= now) overdue.push_back(id);
  std::sort(overdue.begin(), overdue.end());
  for (const auto id : overdue) {
    const auto at = calls_.find(id);
    if (at->second.sent) {
      end(at, call_outcome::unknown_outcome, "node " + node_ + " did not answer in time");
    } else {
      waiting_bytes_ -= bytes_of(at->second.order);
      std::erase(waiting_, id);
      end(at, call_outcome::unreachable, why);
    }
  }
  return due();
}

call_table::completions call_table::stop() {
  stopped_ = true;
  auto ended = node_down("the client was stopped");
  waiting_bytes_ = 0;
  for (const auto id : std::exchange(waiting_, {}))
    end(calls_.find(id), call_outcome::stopped, "the client is stopped");
  actors::append(ended, due());
  return ended;
}

void call_table::end(map::iterator at, call_outcome how, std::string why) {
  auto& e = at->second;
  std::visit(
      [&](auto& a) {
        client_result<typename std::decay_t<decltype(a)>::result> r;
        r.outcome = how;
        r.value = std::move(a.value);
        if (e.sent) r.node = node_;
        r.why = std::move(why);
        due_.push_back([done = std::move(a.done), r = std::move(r)]() mutable {
          if (done) done(std::move(r));
        });
      },
      e.order.answer);
  calls_.erase(at);
}

}  // namespace cluster
}  // namespace pushmesh
