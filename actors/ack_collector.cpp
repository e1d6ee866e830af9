#include "actors/ack_collector.hpp"

#include <iterator>
#include <utility>

#include "actors/shard.hpp"

namespace pushmesh::actors {

namespace {

template <class T>
void append(std::vector<T>& all, std::vector<T>&& more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

ack_collector::ack_collector(shard& home, std::size_t parts, ack_callback done)
    : home_(home), missing_(parts), done_(std::move(done)) {}

// Always through the queue, also at home: the callback never runs inside the call that emitted.
// Once the home shard has stopped, on the thread that brings the last part.
void ack_collector::add(ack_result part) {
  {
    std::lock_guard lock(mutex_);
    merge(std::move(part));
    if (--missing_ > 0) return;
  }
  const auto finish = [self = shared_from_this()] { self->done_(std::move(self->result_)); };
  if (!home_.post(finish)) finish();
}

void ack_collector::merge(ack_result part) {
  append(result_.acked, std::move(part.acked));
  append(result_.timed_out, std::move(part.timed_out));
  append(result_.left, std::move(part.left));
  append(result_.nodes_missing, std::move(part.nodes_missing));
  result_.overloaded |= part.overloaded;
}

}  // namespace pushmesh::actors
