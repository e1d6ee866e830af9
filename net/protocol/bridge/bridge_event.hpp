#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "net/protocol/bridge/bridge_document.hpp"
#include "net/protocol/bridge/bridge_errc.hpp"

namespace pushmesh::net {

/// An event as emitters send it: its name, and its arguments as JSON joined by commas in which
/// `{"_placeholder":true,"num":N}` stands for attachments[N].
struct bridge_event {
  std::string name;
  std::string args;
  std::vector<binary> attachments;
};

/// Takes the event out of the array that emitters call `data`: [name, ...arguments]. Takes the
/// attachments of `d` over. Errors: bad_shape.
tl::expected<bridge_event, bridge_errc> take_event(bridge_document& d, const bridge_value& data);

/// Names of rooms: texts, and numbers in their decimal form. A map counts as its values: PHP makes
/// one of a list with gaps. Errors: bad_shape.
tl::expected<std::vector<std::string>, bridge_errc> room_names(const bridge_value& list);

}  // namespace pushmesh::net
