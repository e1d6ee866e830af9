#include "cluster/push/store/name_pool.hpp"

namespace pushmesh::cluster::push {

std::uint32_t name_pool::add(std::string_view text) {
  if (text.empty()) return 0;
  const auto [at, is_new] = by_text_.try_emplace(std::string(text), 0);
  if (is_new) {
    if (free_.empty()) {
      names_.push_back({std::string(text), 0});
      at->second = static_cast<std::uint32_t>(names_.size());
    } else {
      at->second = free_.back();
      free_.pop_back();
      names_[at->second - 1].text = text;
    }
  }
  ++names_[at->second - 1].users;
  return at->second;
}

std::uint32_t name_pool::find(std::string_view text) const {
  const auto found = by_text_.find(std::string(text));
  return found == by_text_.end() ? 0 : found->second;
}

void name_pool::release(std::uint32_t number) {
  if (number == 0 || --names_[number - 1].users > 0) return;
  by_text_.erase(names_[number - 1].text);
  names_[number - 1].text = {};
  free_.push_back(number);
}

std::string_view name_pool::operator[](std::uint32_t number) const noexcept {
  return number == 0 ? std::string_view{} : std::string_view(names_[number - 1].text);
}

}  // namespace pushmesh::cluster::push
