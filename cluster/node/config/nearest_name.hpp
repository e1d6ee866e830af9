#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pushmesh::config {

/// The candidate a person most likely meant by `typed`: the one with the fewest inserted, removed,
/// changed or swapped characters, if they are at most a third of the longer word's length. Empty
/// when none is that near.
std::string_view nearest_name(std::string_view typed, const std::vector<std::string>& candidates);

/// `; did you mean "X"?`, or nothing when no candidate is near. X is shown with `before` and
/// `after` around it.
std::string suggestion(std::string_view typed, const std::vector<std::string>& candidates,
                       std::string_view before = "\"", std::string_view after = "\"");

}  // namespace pushmesh::config
