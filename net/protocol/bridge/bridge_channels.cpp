#include "net/protocol/bridge/bridge_channels.hpp"

#include <utility>

namespace pushmesh::net {
namespace {

constexpr std::string_view request_mark = "-request#";
constexpr std::string_view probe_mark = "#pushmesh-probe#";

/// For Redis' patterns, in which `*?[]\` have a meaning.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("*?[]\\").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

bridge_channels::bridge_channels(std::string key) : key_(std::move(key)) {}

std::vector<std::string> bridge_channels::patterns() const {
  const auto key = escaped(key_);
  return {key + "#*", key + std::string(request_mark) + "*"};
}

std::string bridge_channels::probe(std::string_view id) const {
  return key_ + std::string(probe_mark) + std::string(id);
}

bool bridge_channels::is_probe(std::string_view channel) const noexcept {
  return channel.starts_with(key_) && channel.substr(key_.size()).starts_with(probe_mark);
}

std::string_view bridge_channels::probe_id(std::string_view channel) const noexcept {
  return is_probe(channel) ? channel.substr(key_.size() + probe_mark.size()) : std::string_view();
}

bridge_channels::kind bridge_channels::kind_of(std::string_view channel) const noexcept {
  if (!channel.starts_with(key_)) return kind::other;
  const auto rest = channel.substr(key_.size());
  if (rest == "#emitter") return kind::emitter_0;
  if (rest.starts_with(request_mark)) return kind::request;
  return rest.starts_with('#') && !is_probe(channel) ? kind::broadcast : kind::other;
}

std::string_view bridge_channels::request_namespace(std::string_view channel) const noexcept {
  auto nsp = channel.substr(key_.size() + request_mark.size());
  if (nsp.ends_with('#')) nsp.remove_suffix(1);
  return nsp;
}

}  // namespace pushmesh::net
