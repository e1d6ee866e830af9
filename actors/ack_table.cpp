#include "actors/ack_table.hpp"

namespace pushmesh::actors {

void ack_table::expect(std::uint64_t ack_id, std::vector<socket_id> asked, done_callback done,
                       bool until_first_loss, reply_callback each) {
  if (asked.empty()) {
    done({});
    return;
  }
  auto& p = pending_[ack_id];
  p.owing.insert(asked.begin(), asked.end());
  p.done = std::move(done);
  p.each = std::move(each);
  p.until_first_loss = until_first_loss;
  owed_ += p.owing.size();
}

bool ack_table::answer(std::uint64_t ack_id, const socket_id& from, std::string_view user,
                       payload args) {
  const auto e = pending_.find(ack_id);
  if (e == pending_.end() || e->second.owing.erase(from) == 0) return false;
  --owed_;
  ack_reply reply{from, {}, std::string(user), std::move(args)};
  const auto each = e->second.each;  // what it does may change the table
  if (!each) e->second.result.acked.push_back(std::move(reply));
  settle(e);
  if (each) each(std::move(reply));
  return true;
}

void ack_table::leave(std::uint64_t ack_id, const socket_id& who) {
  const auto e = pending_.find(ack_id);
  if (e == pending_.end() || e->second.owing.erase(who) == 0) return;
  --owed_;
  e->second.result.left.push_back(who);
  e->second.until_first_loss ? expire(ack_id) : settle(e);
}

void ack_table::expire(std::uint64_t ack_id) {
  const auto e = pending_.find(ack_id);
  if (e == pending_.end()) return;
  auto& p = e->second;
  owed_ -= p.owing.size();
  p.result.timed_out.assign(p.owing.begin(), p.owing.end());
  finish(e);
}

void ack_table::settle(entry e) {
  if (e->second.owing.empty()) finish(e);
}

// The callback may emit again: the entry is gone before it runs.
void ack_table::finish(entry e) {
  auto done = std::move(e->second.done);
  auto result = std::move(e->second.result);
  pending_.erase(e);
  done(std::move(result));
}

}  // namespace pushmesh::actors
