#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "actors/api/json/number.hpp"
#include "actors/api/json_kind.hpp"
#include "net/protocol/binary.hpp"

namespace pushmesh::json_detail {

class failure;

/// What the placeholders of a document name; null: nothing.
using attachment_list = std::shared_ptr<const std::vector<binary>>;

/// One value of a parsed document: three pointers, valid as long as the document is.
class node {
 public:
  /// `value` null stands for JSON null. `owner`, if it holds something, keeps `value` alive.
  node(const void* value, const std::shared_ptr<const void>& owner,
       const attachment_list& attachments) noexcept
      : value_(value), owner_(&owner), attachments_(&attachments) {}

  json_kind kind() const noexcept;
  bool as_bool() const noexcept;                ///< only for a boolean
  number as_number() const noexcept;            ///< only for a number
  std::string_view as_string() const noexcept;  ///< only for a string

  /// The attachment this is a placeholder of; nullopt when it is none.
  std::optional<binary> as_binary() const;

  /// Number of elements or members; 0 for other kinds.
  std::size_t size() const noexcept;
  node element(std::size_t index) const noexcept;                  ///< index < size(), of an array
  node member(std::size_t index) const noexcept;                   ///< index < size(), of an object
  std::string_view member_name(std::size_t index) const noexcept;  ///< likewise
  /// Member of an object by name, the last one as in ECMAScript; nullopt for other kinds, too.
  std::optional<node> find(std::string_view name) const noexcept;

  /// The value with what keeps it alive. A scalar that document holds by itself is copied.
  std::shared_ptr<const void> share() const;
  const attachment_list& attachments() const noexcept { return *attachments_; }

 private:
  const void* value_;
  const std::shared_ptr<const void>* owner_;
  const attachment_list* attachments_;
};

/// Appends the value as JSON; stops early, somewhere, after `enough` bytes.
void append_node(std::string& out, const node& value,
                 std::size_t enough = std::numeric_limits<std::size_t>::max());

/// Nested arrays and objects a document may have; the default of the packets' own limit.
inline constexpr std::size_t max_depth = 512;

/// Parses one JSON text. A scalar is kept inside, without a tree and, unless it is a string with
/// escapes, without allocating.
class document {
 public:
  document() = default;
  document(const document&) = delete;
  document& operator=(const document&) = delete;

  /// `raw` must stay valid until the document is gone. White space around the value is allowed.
  /// `attachments` are what its placeholders name.
  /// Any bytes may come in: what is not JSON, or nested too deep, is a failure.
  bool parse(std::string_view raw, failure& why, std::span<const binary> attachments = {});
  node root() const noexcept;

 private:
  bool parse_scalar(std::string_view raw, failure& why);
  bool parse_string(std::string_view raw, failure& why);
  bool parse_tree(std::string_view raw, failure& why);

  alignas(8) unsigned char scalar_[24] = {};
  std::string decoded_;
  std::shared_ptr<const void> tree_;
  attachment_list attachments_;
};

}  // namespace pushmesh::json_detail
