#include "cluster/node/main/find_command.hpp"

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <map>
#include <optional>
#include <vector>

#include "actors/api/json_value.hpp"
#include "actors/api/json_writer.hpp"
#include "cluster/node/main/api_caller.hpp"
#include "cluster/node/main/messages.hpp"

namespace pushmesh::program {

using config::exit_code;

namespace {

struct socket_report {
  std::string socket, node, nsp;
  std::optional<std::string> user;
  std::string address, since, target;
  bool secure = false;
  std::vector<std::string> rooms;
  std::map<std::string, std::string> headers;
};
template <class Fields>
void json_fields(Fields& f, socket_report& r) {
  f("socket", r.socket);
  f("node", r.node);
  f("namespace", r.nsp);
  f("user", r.user);
  f("address", r.address);
  f("since", r.since);
  f("secure", r.secure);
  f("request", r.target);
  f("rooms", r.rooms);
  f("headers", r.headers);
}

/// RFC 3339, UTC, with milliseconds.
std::string time_text(std::uint64_t unix_ms) {
  const auto seconds = static_cast<std::time_t>(unix_ms / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char date[32], whole[48];
  std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(whole, sizeof whole, "%s.%03uZ", date, static_cast<unsigned>(unix_ms % 1000));
  return whole;
}

socket_report report_of(const socket_details& d) {
  socket_report r;
  r.socket = d.info.id.str();
  r.node = d.info.node;
  r.nsp = d.info.nsp;
  if (!d.info.user.empty()) r.user = d.info.user;
  r.address = d.info.address;
  r.since = time_text(d.issued_ms);
  r.target = d.target;
  r.secure = d.secure;
  r.rooms = d.info.rooms;
  for (const auto& [name, value] : d.headers) r.headers[name] = value;
  return r;
}

void print_text(const socket_report& r) {
  say("socket " + r.socket);
  say("  node       " + shown(r.node));
  say("  namespace  " + shown(r.nsp));
  if (r.user) say("  user       " + shown(*r.user));
  say("  address    " + shown(r.address) + (r.secure ? " (TLS)" : ""));
  say("  since      " + r.since);
  say("  rooms      " + shown(r.rooms));
}

// What the HTTP API answers.
struct socket_answer {
  std::optional<std::string> user, device, platform;
  std::string socket, node, since, address;
};
template <class Fields>
void json_fields(Fields& f, socket_answer& a) {
  f("user", a.user);
  f("device", a.device);
  f("platform", a.platform);
  f("socket", a.socket);
  f("node", a.node);
  f("since", a.since);
  f("address", a.address);
}

void print_text(const socket_answer& a) {
  say("socket " + shown(a.socket));
  say("  node       " + shown(a.node));
  if (a.user) say("  user       " + shown(*a.user));
  if (a.device) say("  device     " + shown(*a.device));
  if (a.platform) say("  platform   " + shown(*a.platform));
  say("  address    " + shown(a.address));
  say("  since      " + shown(a.since));
}

int find_over_http(const find_flags& flags, const std::string& unknown, const api_caller& api) {
  const auto body = api.get("/api/v1/sockets/" + path_segment(flags.socket));
  if (!body && body.error().is_not_found) return fail(exit_code::nobody, unknown);
  if (!body) return body.error().code;
  const auto answer = try_from_json<socket_answer>(*body);
  if (!answer) return fail(exit_code::failed, "the answer is not understood");
  flags.cluster.json ? say(json_args(*answer)) : print_text(*answer);
  return static_cast<int>(exit_code::done);
}

}  // namespace

void define_find(CLI::App& command, find_flags& flags) {
  command.add_option("SID", flags.socket, "The socket's id.");
  define_cluster_flags(command, flags.cluster);
}

int run_find(const find_flags& flags) {
  if (flags.socket.empty())
    return fail(exit_code::usage, "the id of a socket is needed: pushmesh find SID");
  const auto unknown = "no socket has the id " + shown(flags.socket);
  // Clients of the older protocol call it NAMESPACE#ID.
  const auto id =
      socket_id::parse(std::string_view(flags.socket).substr(flags.socket.rfind('#') + 1));
  if (!id) return fail(exit_code::nobody, unknown);
  if (!flags.cluster.http.empty())
    return with_api(flags.cluster,
                    [&](const api_caller& api) { return find_over_http(flags, unknown, api); });
  return with_cluster(flags.cluster, [&](client& cluster) {
    const auto result = result_of(cluster.find_socket(*id), flags.cluster);
    if (!result.ok()) return fail_call(result.outcome, result.why);
    const auto& v = result.value;
    if (!v.nodes_missing.empty())
      return fail(exit_code::failed, "no answer from node " + shown(v.nodes_missing));
    if (v.found.empty()) return fail(exit_code::nobody, unknown);
    const auto report = report_of(v.found.front());
    flags.cluster.json ? say(json_args(report)) : print_text(report);
    return static_cast<int>(exit_code::done);
  });
}

}  // namespace pushmesh::program
