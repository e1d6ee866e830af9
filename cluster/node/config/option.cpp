#include "cluster/node/config/option.hpp"

namespace pushmesh::config {

std::string option::variable() const {
  std::string result = "PUSHMESH_";
  for (const char c : name) result += c == '-' ? '_' : static_cast<char>(c - 'a' + 'A');
  return result;
}

std::string_view option::section() const noexcept {
  const auto dot = key.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : key.substr(0, dot);
}

std::string_view option::key_in_section() const noexcept {
  const auto dot = key.rfind('.');
  return dot == std::string_view::npos ? key : key.substr(dot + 1);
}

}  // namespace pushmesh::config
