#include "actors/api/target.hpp"

#include <utility>

#include "actors/address.hpp"
#include "actors/node_core.hpp"

namespace pushmesh {

target::target(std::shared_ptr<actors::node_core> core, actors::address to)
    : core_(std::move(core)), to_(std::make_unique<actors::address>(std::move(to))) {}
target::target(const target& o) : core_(o.core_), to_(std::make_unique<actors::address>(*o.to_)) {}
target::target(target&&) noexcept = default;
target& target::operator=(target o) noexcept {
  std::swap(core_, o.core_);
  std::swap(to_, o.to_);
  return *this;
}
target::~target() = default;

target target::to(std::string_view room) const {
  auto t = *this;
  t.to_->everybody = false;
  t.to_->rooms.emplace_back(room);
  return t;
}

target target::to(const std::vector<std::string>& rooms) const {
  auto t = *this;
  t.to_->everybody = false;
  t.to_->rooms.insert(t.to_->rooms.end(), rooms.begin(), rooms.end());
  return t;
}

target target::except(std::string_view room) const {
  auto t = *this;
  t.to_->except.emplace_back(room);
  return t;
}

target target::except(const std::vector<std::string>& rooms) const {
  auto t = *this;
  t.to_->except.insert(t.to_->except.end(), rooms.begin(), rooms.end());
  return t;
}

target target::volatile_() const {
  auto t = *this;
  t.to_->is_volatile = true;
  return t;
}

target target::local() const {
  auto t = *this;
  t.to_->local = true;
  return t;
}

emit_result target::emit_json(std::string_view event, payload args) const {
  return core_->routes().emit(*to_, event, args);
}

pending_emit target::emit_json_with_ack(std::string_view event, payload args) const {
  return pending_emit([self = *this, event = std::string(event), args = std::move(args)](
                          const ack_terms& terms, ack_callback done) {
    self.core_->routes().emit_with_ack(*self.to_, event, args, terms, std::move(done));
  });
}

void target::fetch_sockets(std::function<void(fetch_result)> done,
                           std::chrono::milliseconds timeout) const {
  core_->routes().fetch(*to_, timeout, std::move(done));
}
emit_result target::sockets_join(const std::vector<std::string>& rooms) const {
  return core_->routes().join(*to_, rooms);
}
emit_result target::sockets_leave(const std::vector<std::string>& rooms) const {
  return core_->routes().leave(*to_, rooms);
}
emit_result target::disconnect_sockets(bool close) const {
  return core_->routes().disconnect(*to_, close);
}

}  // namespace pushmesh
