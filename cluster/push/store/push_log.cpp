#include "cluster/push/store/push_log.hpp"

#include <utility>

namespace pushmesh::cluster::push {

bool push_log::append(log_entry e) {
  if (e.at <= end_) return false;
  end_ = e.at;
  entries_.push_back(std::move(e));
  if (entries_.size() > max_entries_) {
    entries_.pop_front();
    ++dropped_;
  }
  return true;
}

void push_log::expire(store_time now) {
  std::erase_if(entries_, [now](const log_entry& e) { return e.message->expired(now); });
}

}  // namespace pushmesh::cluster::push
