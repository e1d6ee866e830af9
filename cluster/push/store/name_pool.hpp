#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace pushmesh::cluster::push {

/// Texts by number, each kept once: what receipts call users and devices by. 0 is the empty text.
class name_pool {
 public:
  /// Adds one user of the text.
  std::uint32_t add(std::string_view text);
  /// 0 also when it is not there.
  std::uint32_t find(std::string_view text) const;
  /// One user less. The number may be given to another text then.
  void release(std::uint32_t number);
  std::string_view operator[](std::uint32_t number) const noexcept;
  std::size_t size() const noexcept { return by_text_.size(); }

 private:
  struct name {
    std::string text;
    std::uint32_t users = 0;
  };
  std::vector<name> names_;          // number - 1
  std::vector<std::uint32_t> free_;  // numbers
  std::unordered_map<std::string, std::uint32_t> by_text_;
};

}  // namespace pushmesh::cluster::push
