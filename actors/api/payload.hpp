#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/protocol/binary.hpp"

namespace pushmesh {

/// The arguments of an event or an ack: JSON values joined by commas, may be empty, and the bytes
/// that JSON cannot hold. Where `attachments[N]` belongs, the text says
/// `{"_placeholder":true,"num":N}` (Socket.IO protocol v5, binary events); several places may name
/// the same one. Without attachments such an object is data like any other.
///
/// Built by payload_of() (json_writer.hpp). Who fills one by hand must name only attachments that
/// are there: clients close the connection over any other number.
struct payload {
  std::string json;
  std::vector<binary> attachments;

  payload() = default;
  payload(std::string text) noexcept : json(std::move(text)) {}
  payload(std::string_view text) : json(text) {}
  payload(const char* text) : json(text) {}
  payload(std::string text, std::vector<binary> attached) noexcept
      : json(std::move(text)), attachments(std::move(attached)) {}

  friend bool operator==(const payload&, const payload&) = default;
};

}  // namespace pushmesh
