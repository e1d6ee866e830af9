#include "cluster/node/config/load_config.hpp"

#include <unistd.h>

#include <chrono>

#include "cluster/link/certificate_check.hpp"
#include "cluster/node/config/file_settings.hpp"
#include "cluster/node/config/nearest_name.hpp"
#include "cluster/node/config/option_table.hpp"
#include "cluster/node/config/push_options.hpp"
#include "cluster/node/config/toml_file.hpp"
#include "cluster/node/config/value_text.hpp"
#include "cluster/node/http/api/api_keys.hpp"

namespace pushmesh::config {
namespace {

constexpr std::string_view prefix = "PUSHMESH_";

// Takes the values of one source after the other, the weakest first.
class loader {
 public:
  loader() { loaded_.origins.assign(option_table().size(), "default"); }

  /// An empty message: stored.
  std::string assign(const option& o, const raw_value& value, const std::string& where,
                     const std::string& origin) {
    auto problem = store_value(loaded_.settings, o, value, where);
    if (problem.empty())
      loaded_.origins[static_cast<std::size_t>(&o - option_table().data())] = origin;
    return problem;
  }

  std::string take_file(const std::string& path) {
    const auto entries = read_toml_file(path);
    if (!entries) return entries.error();
    for (const auto& entry : *entries) {
      const auto place = path + " line " + std::to_string(entry.line);
      const auto found = option_of_entry(entry, place);
      if (!found) return found.error();
      if (*found == nullptr) continue;
      auto problem =
          assign(**found, entry.value, std::string((*found)->key) + " in " + place, place);
      if (!problem.empty()) return problem;
    }
    return {};
  }

  std::string take_environment(const environment& variables) {
    std::vector<std::string> names;
    for (const auto& o : option_table()) names.push_back(o.variable().substr(prefix.size()));
    for (const auto& [name, text] : variables) {
      const auto* o = option_of_variable(name);
      if (o == nullptr) {
        loaded_.warnings.push_back(
            "environment variable " + name + " is unknown and ignored" +
            suggestion(std::string_view(name).substr(prefix.size()), names, prefix, ""));
        continue;
      }
      auto problem = assign(*o, as_flag_value(*o, text), name, name);
      if (!problem.empty()) return problem;
    }
    return {};
  }

  std::string take_flags(const std::vector<given_flag>& flags) {
    for (const auto& flag : flags) {
      auto problem = assign(*flag.of, flag.value, "--" + std::string(flag.of->name), "flag");
      if (!problem.empty()) return problem;
    }
    return {};
  }

  loaded_config& result() { return loaded_; }

 private:
  static raw_value as_flag_value(const option& o, const std::string& text) {
    if (o.type.takes == arity::list) return {raw_value::kind::list, text, split_list(text)};
    return {raw_value::kind::text, text, {}};
  }

  static const option* option_of_variable(const std::string& name) {
    for (const auto& o : option_table())
      if (o.variable() == name) return &o;
    return nullptr;
  }

  loaded_config loaded_;
};

// Which file to read is told by a flag or by the environment, before either is read in full.
std::string file_to_read(const std::vector<given_flag>& flags, const environment& variables) {
  const auto* file = find_option("config");
  for (const auto& flag : flags)
    if (flag.of == file) return flag.value.text;
  for (const auto& [name, text] : variables)
    if (name == file->variable()) return text;
  return {};
}

/// What keeps the node from taking part in its cluster; empty: nothing.
std::string cluster_problem(const node_config& settings) {
  const auto& c = settings.server.cluster;
  if (c.listen.empty())
    return c.peers.empty() ? std::string()
                           : "cluster.peers needs cluster.listen: peers dial each other";
  const cluster::certificate_files files{c.cert, c.key, c.ca};
  const auto verdict = cluster::judge_link_security(
      c.listen, files,
      settings.insecure ? cluster::strangers::accepted : cluster::strangers::kept_out);
  if (verdict.what == cluster::link_security::refused) return verdict.sentence;
  if (verdict.what != cluster::link_security::mutual_tls) return {};
  const auto problems = cluster::check_certificates(files, std::chrono::system_clock::now());
  return problems.empty() ? std::string() : problems.front();
}

/// What keeps the HTTP API from being safe; empty: nothing.
std::string api_problem(const node_config& settings) {
  if (!settings.api_key_file.empty()) {
    const auto keys = http::api_keys::load(settings.api_key_file);
    return keys ? std::string() : "api_key_file: " + keys.error();
  }
  const auto& listen = settings.server.internal_listen;
  if (listen.empty() || settings.insecure || is_loopback(listen)) return {};
  return "without keys everybody who reaches " + listen +
         " could use the HTTP API; name a file with keys (api_key_file), listen on a loopback "
         "address such as 127.0.0.1:9100, or add --insecure, with which there is no API there";
}

tl::unexpected<config_error> failed(exit_code code, std::string message) {
  return tl::unexpected(config_error{code, std::move(message)});
}

}  // namespace

environment read_environment() {
  environment variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (!text.starts_with(prefix) || equals == std::string_view::npos) continue;
    variables.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

tl::expected<loaded_config, config_error> load_config(const std::vector<given_flag>& flags,
                                                      const environment& variables) {
  loader l;
  const auto file = file_to_read(flags, variables);
  if (!file.empty())
    if (auto problem = l.take_file(file); !problem.empty())
      return failed(exit_code::configuration, std::move(problem));
  if (auto problem = l.take_environment(variables); !problem.empty())
    return failed(exit_code::configuration, std::move(problem));
  if (auto problem = l.take_flags(flags); !problem.empty())
    return failed(exit_code::usage, std::move(problem));
  if (auto problem = check_together(l.result().settings); !problem.empty())
    return failed(exit_code::configuration, std::move(problem));
  return std::move(l.result());
}

std::string check_together(const node_config& settings) {
  const auto& server = settings.server;
  if (settings.push.auth == cluster::push::auth_mode::none && !settings.insecure &&
      !is_loopback(server.listen))
    return "auth = \"none\" lets everybody in who reaches " + server.listen +
           "; listen on a loopback address such as 127.0.0.1:3000, or add --insecure if that is "
           "meant";
  if (auto problem = push_problem(settings); !problem.empty()) return problem;
  if (server.tls.enabled() && (server.tls.cert.empty() || server.tls.key.empty()))
    return "TLS needs both tls.cert and tls.key; not given: " +
           std::string(server.tls.cert.empty() ? "tls.cert" : "tls.key");
  if (server.transport.proxy_protocol && server.transport.trusted_proxies.empty())
    return "proxy_protocol needs trusted_proxies: the addresses whose word is taken for it";
  if (server.memory_limit > 0 && server.outbound_budget > server.memory_limit)
    return "limits.outbound_budget (" + format_size(server.outbound_budget) +
           ") is larger than limits.memory_limit (" + format_size(server.memory_limit) + ")";
  if (server.listen == server.internal_listen && parse_address(server.listen)->port != 0)
    return "listen and internal_listen are both " + server.listen + "; they need different ports";
  if (auto problem = api_problem(settings); !problem.empty()) return problem;
  return cluster_problem(settings);
}

}  // namespace pushmesh::config
