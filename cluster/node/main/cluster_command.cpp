#include "cluster/node/main/cluster_command.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "actors/api/json_writer.hpp"
#include "cluster/node/config/value_checks.hpp"
#include "cluster/node/config/value_text.hpp"
#include "cluster/node/main/messages.hpp"

namespace pushmesh::program {

using config::exit_code;

namespace {

void add_text(CLI::App& command, const char* name, std::string& value, const char* placeholder,
              const char* variable, const char* help) {
  command.add_option(name, value, help)
      ->type_name(placeholder)
      ->envname(variable)
      ->group("Cluster")
      ->take_last();
}

void add_time(CLI::App& command, const char* name,
              const std::function<void(std::chrono::milliseconds)>& take, const char* help) {
  const CLI::callback_t parse = [take, name](const CLI::results_t& given) {
    const auto time = config::parse_duration(given.back());
    if (!time || time->count() <= 0 || *time > std::chrono::hours(24))
      throw CLI::ValidationError(std::string(name) + ": expected a duration of up to 24h such as " +
                                 "\"250ms\" or \"5s\", got " + config::in_quotes(given.back()));
    take(*time);
    return true;
  };
  command.add_option(name, parse, help)->type_name("DURATION")->take_last();
}

}  // namespace

void define_cluster_flags(CLI::App& command, cluster_flags& flags) {
  auto& o = flags.client;
  command
      .add_option("--node", o.nodes,
                  "Cluster address of a node. Repeat it to name others that are tried when it "
                  "cannot be reached.")
      ->type_name("HOST:PORT")
      ->envname("PUSHMESH_NODE")
      ->group("Cluster")
      ->delimiter(',')
      ->allow_extra_args(false);
  command
      .add_option("--http", flags.http,
                  "Internal listener of a node, whose HTTP API is used instead of --node.")
      ->type_name("URL")
      ->group("HTTP API")
      ->take_last();
  command
      .add_option("--key-file", flags.key_file,
                  "File with one key of that API. Without: the node must need none.")
      ->type_name("FILE")
      ->group("HTTP API")
      ->take_last();
  add_text(command, "--cluster-name", o.cluster, "NAME", "PUSHMESH_CLUSTER_NAME",
           "Name of the cluster; nodes of another one refuse. Default: pushmesh");
  add_text(command, "--cluster-cert", o.cert, "FILE", "PUSHMESH_CLUSTER_CERT",
           "PEM file with a certificate of the cluster's authority.");
  add_text(command, "--cluster-key", o.key, "FILE", "PUSHMESH_CLUSTER_KEY",
           "PEM file with the private key of that certificate.");
  add_text(command, "--cluster-ca", o.ca, "FILE", "PUSHMESH_CLUSTER_CA",
           "PEM file with the authority that signed the certificates of all nodes.");
  command.add_flag("--insecure", o.insecure, "Uses nodes off loopback without certificates.")
      ->group("Cluster");
  add_time(
      command, "--connect-timeout", [&o](auto time) { o.unreachable_after = time; },
      "How long a node is looked for. Default: 5s");
  add_time(
      command, "--timeout", [&flags](auto time) { flags.timeout = time; },
      "How long answers are awaited: those of clients that are asked to acknowledge (default 10s), "
      "else that of the node (default 8s).");
  command.add_flag("--json", flags.json, "Prints one JSON object.");
}

int with_cluster(const cluster_flags& flags, const std::function<int(client&)>& use) {
  if (flags.client.nodes.empty())
    return fail(exit_code::usage,
                "--node HOST:PORT is needed: the cluster address of a node; or --http URL");
  for (const auto& node : flags.client.nodes)
    if (!config::is_peer(node))
      return fail(exit_code::usage,
                  "--node: expected addresses such as \"node2.example.com:4000\", "
                  "got " +
                      config::in_quotes(node));
  try {
    client cluster(flags.client);
    return use(cluster);
  } catch (const start_error& e) {
    return fail(exit_code::configuration, e.what());
  }
}

int fail_call(call_outcome outcome, const std::string& why) {
  if (outcome == call_outcome::unreachable) return fail(exit_code::unreachable, why);
  if (outcome == call_outcome::unknown_outcome)
    return fail(exit_code::failed, why + ": what became of it is unknown");
  return fail(exit_code::failed, why);
}

std::string shown(std::string_view text) {
  const auto harmless = std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c != '"' && c != ',' && c != '\x7f';
  });
  return harmless && !text.empty() ? std::string(text) : json_args(text);
}

std::string shown(const std::vector<std::string>& texts) {
  std::string all;
  for (const auto& text : texts) all += (all.empty() ? "" : ", ") + shown(text);
  return all;
}

}  // namespace pushmesh::program
