#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cluster/client/client.hpp"

namespace CLI {
class App;
}

namespace pushmesh::program {

/// What all commands that use a cluster are told.
struct cluster_flags {
  client_options client;
  std::string http;      ///< URL of an internal listener: used in place of the cluster's ports
  std::string key_file;  ///< with the key for it
  std::optional<std::chrono::milliseconds> timeout;
  bool json = false;
};

/// Adds their options to a command. Parsing fills `flags`, which must live as long as the command.
void define_cluster_flags(CLI::App& command, cluster_flags& flags);

/// Runs `use` with a client that looks for a node. Returns what it returns; 64 or 78, with a
/// message, when there can be no client.
int with_cluster(const cluster_flags& flags, const std::function<int(client&)>& use);

/// Tells why a call came to nothing. Returns 69 when no node could be reached, else 1.
int fail_call(call_outcome outcome, const std::string& why);

/// A result of a call that ends with its time-out, if there is one.
template <class T>
client_result<T> result_of(client_call<T> call, const cluster_flags& flags) {
  if (flags.timeout) call.timeout(*flags.timeout);
  return call.get();
}

/// Text for a terminal: as it is, or as a JSON string where that could steer one or is empty.
std::string shown(std::string_view text);
/// The same of several, with a comma and a blank between them.
std::string shown(const std::vector<std::string>& texts);

}  // namespace pushmesh::program
