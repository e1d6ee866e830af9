#include "cluster/node/config/nearest_name.hpp"

#include <algorithm>
#include <cstddef>

namespace pushmesh::config {
namespace {

// Edit distance with swaps of neighbours (optimal string alignment), three rows at a time.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

// Nobody mistypes a name into something longer than this; it bounds the work.
constexpr std::size_t longest_typed = 64;

}  // namespace

std::string_view nearest_name(std::string_view typed, const std::vector<std::string>& candidates) {
  if (typed.size() > longest_typed) return {};
  std::string_view best;
  std::size_t best_distance = 0;
  for (const auto& candidate : candidates) {
    const auto d = distance(typed, candidate);
    if (d > std::max(typed.size(), candidate.size()) / 3) continue;
    if (!best.empty() && d >= best_distance) continue;
    best = candidate;
    best_distance = d;
  }
  return best;
}

std::string suggestion(std::string_view typed, const std::vector<std::string>& candidates,
                       std::string_view before, std::string_view after) {
  const auto name = nearest_name(typed, candidates);
  if (name.empty()) return {};
  return "; did you mean " + std::string(before) + std::string(name) + std::string(after) + "?";
}

}  // namespace pushmesh::config
