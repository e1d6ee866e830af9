#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "cluster/node/main/cluster_command.hpp"

namespace pushmesh::program {

/// A node as commands see it with `--http`: the HTTP API of its internal listener.
class api_caller {
 public:
  /// What came, unless it was understood and done.
  struct refusal {
    bool is_not_found = false;
    int code = 0;  ///< what the program returns; the message is written
  };

  /// `flags` name the node and must live as long as this.
  api_caller(const cluster_flags& flags, std::string host, std::uint16_t port, std::string key)
      : flags_(flags), host_(std::move(host)), port_(port), key_(std::move(key)) {}

  /// The body of the answer 200. An answer 404 is told without a message.
  tl::expected<std::string, refusal> get(const std::string& target) const;
  tl::expected<std::string, refusal> post(const std::string& target, std::string json) const;

 private:
  tl::expected<std::string, refusal> call(const char* method, const std::string& target,
                                          std::string json) const;

  const cluster_flags& flags_;
  std::string host_;
  std::uint16_t port_;
  std::string key_;  // empty: none
};

/// Runs `use` with the node that --http names. Returns what it returns; 64 or 78, with a message,
/// for a URL or a key file that cannot be.
int with_api(const cluster_flags& flags, const std::function<int(const api_caller&)>& use);

/// `text` as a segment of a path.
std::string path_segment(std::string_view text);

}  // namespace pushmesh::program
