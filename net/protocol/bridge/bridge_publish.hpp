#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "net/protocol/binary.hpp"

namespace pushmesh::net {

/// An emit as the adapters of official servers (@socket.io/redis-adapter, socket.io-redis 5 and 6)
/// take it: the other direction of bridge_broadcast.hpp.
struct bridge_publish {
  std::string_view uid{};  ///< of who publishes, who ignores what comes back with it
  std::string_view nsp{};  ///< with its slash
  std::string_view event{};
  std::string_view args{};  ///< JSON values joined by commas, placeholders for `attachments`
  std::span<const binary> attachments{};
  std::span<const std::string> rooms{};  ///< union of these; none: the whole namespace
  std::span<const std::string> except{};
  bool is_volatile = false;
};

/// `<key>#<nsp>#`, with one room `<key>#<nsp>#<room>#`.
std::string publish_channel(std::string_view key, const bridge_publish& p);
/// [uid, packet, options] in MessagePack. The arguments must be valid JSON.
std::string encode_publish(const bridge_publish& p);
/// How a message begins that was encoded with this uid: no reader has to decode its own.
std::string publish_head(std::string_view uid);

}  // namespace pushmesh::net
