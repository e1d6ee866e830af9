#include "cluster/node/config/value_types.hpp"

namespace pushmesh::config {

std::string format_list(const std::vector<std::string>& items) {
  std::string out = "[";
  for (const auto& item : items) {
    if (out.size() > 1) out += ", ";
    out += in_quotes(item);
  }
  return out += ']';
}

std::string format_choices(const std::vector<std::string_view>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += i + 1 == names.size() ? " or " : ", ";
    out += in_quotes(names[i]);
  }
  return out;
}

}  // namespace pushmesh::config
