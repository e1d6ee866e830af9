#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pushmesh::json_detail {

class node;

/// Why a value could not be read. Reading functions return false and leave the reason here; on the
/// way out each container adds its place to the path. Exceptions only start at the public
/// functions, so that try_from_json() and std::variant stay cheap.
class failure {
 public:
  enum class detail { text, none };
  /// With detail::none no text is made.
  explicit failure(detail wanted = detail::text) : wanted_(wanted == detail::text) {}

  /// All of these return false, so that `return why.expected(...)` reads well.
  bool expected(std::string_view what, const node& got);
  bool expected_elements(std::size_t count, const node& got);
  bool does_not_fit(const node& got, std::string_view where);
  bool missing_member(std::string_view name);
  bool missing_element(std::size_t index, std::size_t size);
  bool malformed(std::string_view what, std::size_t byte);
  bool too_deep(std::size_t limit);

  /// The reason belongs to this member or element of what is being read.
  bool in_member(std::string_view name);
  bool in_element(std::size_t index);

  /// `items[2].price: expected number, got null`
  std::string text() const;
  /// Throws json_error with that text.
  [[noreturn]] void raise() const;

 private:
  bool wanted_;
  std::string reason_;
  std::string path_;
};

}  // namespace pushmesh::json_detail
