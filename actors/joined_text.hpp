#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace pushmesh::actors {

/// The raw text from element `first` to the last one, commas included: elements are views into
/// one JSON array.
inline std::string_view joined_text(const std::vector<std::string_view>& elements,
                                    std::size_t first) noexcept {
  if (first >= elements.size()) return {};
  const auto* const begin = elements[first].data();
  const auto& last = elements.back();
  return {begin, static_cast<std::size_t>(last.data() + last.size() - begin)};
}

}  // namespace pushmesh::actors
