#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "net/protocol/binary.hpp"
#include "net/protocol/json_scanner.hpp"

namespace pushmesh::net {

/// A message from Redis, whatever it was encoded in, as JSON text with its upper levels indexed.
/// No tree: a list of nodes in the order of the text, each knowing where the one behind it stands.
struct bridge_document {
  /// A value on one of the upper levels; the keys of maps are nodes too, in front of their values.
  struct node {
    std::uint32_t begin;  ///< in `json`
    std::uint32_t end;
    std::uint32_t next;  ///< index of the node behind this value and all in it
    json_kind kind;
  };
  std::string json;
  std::vector<node> nodes;            ///< the first is the whole message
  std::vector<binary> attachments;    ///< in the order of the text, each named by one placeholder
  std::vector<std::uint32_t> places;  ///< where the placeholders stand in `json`
};

/// One node of a document, which must outlive it.
class bridge_value {
 public:
  /// Levels that have nodes, the message itself being the first.
  static constexpr std::size_t levels = 4;

  bridge_value() noexcept = default;  ///< nothing: not there
  bridge_value(const bridge_document& d, std::uint32_t index) noexcept : d_(&d), index_(index) {}

  explicit operator bool() const noexcept { return d_ != nullptr; }
  bool is(json_kind k) const noexcept { return d_ && here().kind == k; }
  /// JSON text; empty for nothing.
  std::string_view raw() const noexcept {
    return d_ ? std::string_view(d_->json).substr(here().begin, here().end - here().begin)
              : std::string_view();
  }
  /// What String(value) gives for a string, number, boolean or null.
  std::string text() const;
  /// The value of `key` in a map; the last one counts. Nothing in anything else.
  bridge_value find(std::string_view key) const;
  /// Of an array, or the values of a map in their order.
  std::vector<bridge_value> elements() const;
  std::uint32_t begin() const noexcept { return here().begin; }
  std::uint32_t end() const noexcept { return here().end; }

 private:
  const bridge_document::node& here() const noexcept { return d_->nodes[index_]; }
  const bridge_document* d_ = nullptr;
  std::uint32_t index_ = 0;
};

}  // namespace pushmesh::net
