#pragma once

#include <string>

#include <tl/expected.hpp>

#include "cluster/link/wire_v1.hpp"
#include "cluster/push/store/store_message.hpp"

namespace pushmesh::cluster::push {

/// Appends the item of wire_v1 that says the same, and answers its length.
tl::expected<std::size_t, wire_v1::wire_error> encode(std::string& out, const store_message& m);

/// The same back: values, without views into the item. Every message is one of its own.
store_message from_wire(const wire_v1::store_request& x);
store_message from_wire(const wire_v1::store_answer& x);
store_message from_wire(const wire_v1::store_claim& x);
store_message from_wire(const wire_v1::store_claim_answer& x);
store_message from_wire(const wire_v1::store_write& x);
store_message from_wire(const wire_v1::store_written& x);
store_message from_wire(const wire_v1::store_release& x);
store_message from_wire(const wire_v1::store_hint& x);
store_message from_wire(const wire_v1::store_lost& x);

}  // namespace pushmesh::cluster::push
