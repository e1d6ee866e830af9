#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "net/protocol/binary.hpp"

namespace pushmesh::net {

/// Packets as socket.io-msgpack-parser 3 reads them: a MessagePack map of type, data, nsp and id,
/// each one binary message, with binary values in their places. What goes in is what the other
/// codec takes: JSON text, in which placeholders stand for `attachments`.
std::string encode_msgpack_event(std::string_view nsp, std::string_view event,
                                 std::string_view args, std::span<const binary> attachments,
                                 std::optional<std::uint64_t> ack_id);
/// `ack_id` is digits, as the client sent them.
std::string encode_msgpack_ack(std::string_view nsp, std::string_view ack_id, std::string_view args,
                               std::span<const binary> attachments);
std::string encode_msgpack_connect(std::string_view nsp, std::string_view sid,
                                   std::string_view pid = {});
std::string encode_msgpack_disconnect(std::string_view nsp);
/// `data_json` is raw JSON or empty.
std::string encode_msgpack_connect_error(std::string_view nsp, std::string_view message,
                                         std::string_view data_json);

}  // namespace pushmesh::net
