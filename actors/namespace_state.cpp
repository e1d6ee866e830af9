#include "actors/namespace_state.hpp"

namespace pushmesh::actors {

namespace {

std::string with_slash(std::string_view name) {
  return name.starts_with('/') ? std::string(name) : "/" + std::string(name);
}

}  // namespace

namespace_state& namespace_registry::declare(std::string_view name) {
  const auto full = with_slash(name);
  std::lock_guard lock(mutex_);
  auto& slot = declared_[full];
  if (!slot)
    slot = std::make_shared<namespace_state>(core_, full, std::make_shared<handler_table>());
  return *slot;
}

namespace_state& namespace_registry::declare_pattern(std::function<bool(std::string_view)> accepts,
                                                     std::string_view label) {
  std::lock_guard lock(mutex_);
  auto state = std::make_unique<namespace_state>(core_, std::string(label),
                                                 std::make_shared<handler_table>());
  patterns_.push_back({std::move(accepts), std::move(state)});
  return *patterns_.back().state;
}

std::shared_ptr<namespace_state> namespace_registry::find(std::string_view name) {
  std::lock_guard lock(mutex_);
  return find_living(name);
}

std::shared_ptr<namespace_state> namespace_registry::find_living(std::string_view name) {
  if (const auto found = declared_.find(name); found != declared_.end()) return found->second;
  const auto found = children_.find(name);
  return found == children_.end() ? nullptr : found->second.lock();
}

std::shared_ptr<namespace_state> namespace_registry::find_or_make(std::string_view name) {
  std::lock_guard lock(mutex_);
  if (auto living = find_living(name)) return living;
  for (const auto& p : patterns_) {
    if (!p.accepts(name)) continue;
    // Names come from clients: forget the dead ones before they pile up.
    if (children_.size() >= sweep_at_) {
      std::erase_if(children_, [](const auto& c) { return c.second.expired(); });
      sweep_at_ = 64 + children_.size() * 2;
    }
    auto child =
        std::make_shared<namespace_state>(core_, std::string(name), p.state->shared_handlers());
    children_[std::string(name)] = child;
    return child;
  }
  return nullptr;
}

void namespace_registry::forget_handlers() {
  std::lock_guard lock(mutex_);
  for (const auto& [name, state] : declared_) state->handlers() = {};
  for (const auto& p : patterns_) p.state->handlers() = {};
}

}  // namespace pushmesh::actors
