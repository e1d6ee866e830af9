#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "cluster/push/store/online_device.hpp"
#include "cluster/push/store/stored_messages.hpp"

/// Values that tests of the session store are made of.
namespace pushmesh::test {

/// So many milliseconds after a fixed moment.
inline cluster::push::store_time at(std::int64_t ms) {
  return cluster::push::store_time(std::chrono::milliseconds(1'700'000'000'000 + ms));
}

inline socket_id socket_number(std::uint32_t n) {
  std::string text = "NODEaaAA000000000000";
  for (auto digit = text.rbegin(); n > 0; ++digit, n /= 10)
    *digit = static_cast<char>('0' + n % 10);
  return *socket_id::parse(text);
}

inline cluster::push::online_device device_on(std::uint32_t socket, std::int64_t since = 0,
                                              const char* device = "",
                                              const char* platform = "web") {
  using namespace cluster::push;
  return {device_id(device), platform_name(platform), socket_number(socket), {}, "n1", at(since),
          "192.0.2.1"};
}

inline cluster::push::stored_message message(std::string id, std::int64_t created = 0,
                                             std::int64_t ttl = 1'000'000) {
  using namespace cluster::push;
  return {message_id(std::move(id)), "message", R"("hello")", at(created), at(created + ttl)};
}

/// A message of no table.
inline cluster::push::message_ref message_alone(std::string id, std::int64_t created = 0,
                                                std::int64_t ttl = 1'000'000) {
  return std::make_shared<const cluster::push::stored_message>(
      message(std::move(id), created, ttl));
}

}  // namespace pushmesh::test
