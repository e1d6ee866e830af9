#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cluster/node/server.hpp"
#include "cluster/push/service_options.hpp"

namespace pushmesh::config {

/// Log lines below it are not written. Numbers are those of actor_options::log.
enum class log_level { debug = 0, info = 1, warn = 2, error = 3 };

/// How a log line looks. `automatic` is text on a terminal and JSON otherwise.
enum class log_format { automatic, text, json };

/// Everything `pushmesh serve` can be told; filled by the option table. The defaults are here and
/// in server_options, nowhere else.
struct node_config {
  server_options server;
  cluster::push::service_options push;
  /// Accepts settings that let strangers in.
  bool insecure = false;
  /// Keys of the HTTP API; empty: none are needed, or off loopback there is no API.
  std::string api_key_file{};
  /// Requests per second with one key of it, 0 = any.
  std::uint32_t rate_per_key = 0;
  /// Serves the demo page and its handlers.
  bool demo = false;
  /// Namespaces clients may join; "/" may always be joined.
  std::vector<std::string> namespaces{"/"};
  log_level level = log_level::info;
  log_format format = log_format::automatic;
  /// TOML file the settings were read from, empty for none.
  std::string file;
};

}  // namespace pushmesh::config
