#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pushmesh::net {

/// The Redis channels of one key, `socket.io` for one: `<key>#<nsp>#[<room>#]` carries broadcasts,
/// `<key>-request#<nsp>#` requests.
class bridge_channels {
 public:
  enum class kind : std::uint8_t {
    broadcast,
    request,
    emitter_0,  ///< `<key>#emitter`: socket.io-emitter 0.x
    other,
  };
  explicit bridge_channels(std::string key);

  const std::string& key() const noexcept { return key_; }
  /// What to PSUBSCRIBE: two patterns for all namespaces and rooms.
  std::vector<std::string> patterns() const;
  /// A channel of this bridge alone, `id` being unique: the patterns match it, nobody else's do.
  std::string probe(std::string_view id) const;
  /// True for the probe channels of all bridges.
  bool is_probe(std::string_view channel) const noexcept;
  /// The `id` of a probe channel.
  std::string_view probe_id(std::string_view channel) const noexcept;
  kind kind_of(std::string_view channel) const noexcept;
  /// Of a request channel.
  std::string_view request_namespace(std::string_view channel) const noexcept;

 private:
  std::string key_;
};

}  // namespace pushmesh::net
