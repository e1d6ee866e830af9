#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/actors/node_fixture.hpp"

/// Clients that go and come back, for tests of connection state recovery.
namespace pushmesh::test {

using namespace pushmesh::actors;

using texts = std::vector<std::string>;

inline actor_options recovering(std::chrono::milliseconds duration = std::chrono::minutes(1)) {
  actor_options o;
  o.recovery.max_disconnection_duration = duration;
  return o;
}

inline nsp& root(node_fixture& n) {
  return n.core->namespaces().declare("/").facade();
}

/// What stands behind `"key":"` in a text.
inline std::string member(const std::string& text, std::string_view key) {
  const auto at = text.find("\"" + std::string(key) + "\":\"");
  if (at == text.npos) return {};
  const auto begin = at + key.size() + 4;
  return text.substr(begin, text.find('"', begin) - begin);
}

/// The last argument of an event, which is its offset.
inline std::string offset_of(const std::string& packet) {
  return packet.substr(packet.size() - 13, 11);
}

/// An event without its offset.
inline std::string without_offset(std::string packet) {
  const auto tail = packet.ends_with("\"]") ? 15u : 0u;
  return packet.erase(packet.size() - tail) + "]";
}

struct old_life {
  std::string sid, pid;
};

inline old_life life_of(node_fixture& n, const node_fixture::client& c) {
  const auto answer = n.sent(c).front();
  return {member(answer, "sid"), member(answer, "pid")};
}

inline std::string claim(const old_life& l, const std::string& offset = {}) {
  return "0{\"pid\":\"" + l.pid + "\"" + (offset.empty() ? "" : ",\"offset\":\"" + offset + "\"") +
         "}";
}

inline node_fixture::client back(node_fixture& n, const std::string& packet, unsigned shard = 0) {
  auto c = n.connect(shard);
  n.text(c, packet);
  n.settle();
  return c;
}

}  // namespace pushmesh::test
