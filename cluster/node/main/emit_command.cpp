#include "cluster/node/main/emit_command.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <utility>

#include "actors/api/json_value.hpp"
#include "actors/api/json_writer.hpp"
#include "cluster/node/config/value_checks.hpp"
#include "cluster/node/config/value_text.hpp"
#include "cluster/node/main/api_caller.hpp"
#include "cluster/node/main/messages.hpp"
#include "net/protocol/json_scanner.hpp"
#include "net/protocol/socketio_codec.hpp"
#include "net/protocol/utf8.hpp"

namespace pushmesh::program {

using config::exit_code;

namespace {

constexpr std::size_t max_json_depth = 128;

// Who acknowledged, as it is printed.
struct acked_entry {
  std::string socket, node, user;
  raw_json args;
  std::vector<std::size_t> attachment_sizes;
};
template <class Fields>
void json_fields(Fields& f, acked_entry& e) {
  f("socket", e.socket);
  f("node", e.node);
  f("user", e.user);
  f("args", e.args);
  f("attachment_bytes", e.attachment_sizes);
}

struct ack_report {
  std::string node;
  std::vector<acked_entry> acked;
  std::vector<std::string> timed_out, left, nodes_missing;
};
template <class Fields>
void json_fields(Fields& f, ack_report& r) {
  f("node", r.node);
  f("acked", r.acked);
  f("timed_out", r.timed_out);
  f("left", r.left);
  f("nodes_missing", r.nodes_missing);
}

struct emit_report {
  std::string node;
  std::vector<std::string> dropped;
};
template <class Fields>
void json_fields(Fields& f, emit_report& r) {
  f("node", r.node);
  f("dropped", r.dropped);
}

std::vector<std::string> texts_of(const std::vector<socket_id>& ids) {
  std::vector<std::string> texts;
  for (const auto& id : ids) texts.push_back(id.str());
  return texts;
}

// The first mistake in what was given; empty when there is none.
std::string mistake_in(const emit_flags& flags) {
  if (flags.ack && !flags.cluster.http.empty())
    return "--ack needs --node: over HTTP clients are not asked";
  if (flags.event.empty()) return "--event NAME is needed: what clients listen for";
  if (net::is_reserved_event(flags.event))
    return "--event: " + config::in_quotes(flags.event) + " is reserved by Socket.IO";
  if (!config::is_namespace(flags.nsp))
    return "--namespace: expected a name such as \"/chat\", with a slash in front, got " +
           config::in_quotes(flags.nsp);
  for (const auto& value : flags.data)
    if (!net::is_valid_utf8(value) || !net::scan_json(value, max_json_depth))
      return "--data: expected one JSON value such as '{\"n\":1}' or '\"text\"', got " +
             config::in_quotes(value);
  return {};
}

payload args_of(const emit_flags& flags) {
  payload args;
  for (const auto& value : flags.data) args.json += (args.json.empty() ? "" : ",") + value;
  return args;
}

remote_target target_of(const client& cluster, const emit_flags& flags) {
  auto to = cluster.of(flags.nsp);
  if (!flags.rooms.empty()) to = to.to(flags.rooms);
  return flags.except.empty() ? to : to.except(flags.except);
}

int print(const std::string& node, const std::vector<std::string>& dropped, bool json) {
  if (json)
    say(json_args(emit_report{node, dropped}));
  else
    say("sent by node " + shown(node));
  if (dropped.empty()) return static_cast<int>(exit_code::done);
  return fail(exit_code::failed, "too much waits for " + shown(dropped) + ": not sent there");
}

int print(const client_result<emit_result>& r, bool json) {
  return print(r.node, r.value.dropped, json);
}

// What the HTTP API answers.
struct emit_answer {
  std::string node;
  std::vector<std::string> nodes_missing;
};
template <class Fields>
void json_fields(Fields& f, emit_answer& a) {
  f("node", a.node);
  f("nodes_missing", a.nodes_missing);
}

std::string body_of(const emit_flags& flags) {
  std::string body = "{\"namespace\":";
  append_json(body, flags.nsp);
  body += ",\"event\":";
  append_json(body, flags.event);
  for (const auto& [name, rooms] : {std::pair("rooms", &flags.rooms), {"except", &flags.except}}) {
    if (rooms->empty()) continue;
    body.append(",\"").append(name).append("\":");
    append_json(body, *rooms);
  }
  return body + ",\"data\":[" + args_of(flags).json + "]}";
}

int emit_over_http(const emit_flags& flags, const api_caller& api) {
  const auto body = api.post("/api/v1/emit", body_of(flags));
  if (!body && body.error().is_not_found)
    return fail(exit_code::failed, "there is no HTTP API at " + flags.cluster.http);
  if (!body) return body.error().code;
  const auto answer = try_from_json<emit_answer>(*body);
  if (!answer) return fail(exit_code::failed, "the answer is not understood");
  return print(answer->node, answer->nodes_missing, flags.cluster.json);
}

void print_json(const client_result<ack_result>& r, const std::vector<std::string>& answers) {
  ack_report report{
      r.node, {}, texts_of(r.value.timed_out), texts_of(r.value.left), r.value.nodes_missing};
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const auto& a = r.value.acked[i];
    acked_entry e{a.socket.str(), a.node, a.user, {answers[i]}, {}};
    for (const auto& b : a.args.attachments) e.attachment_sizes.push_back(b.size());
    report.acked.push_back(std::move(e));
  }
  say(json_args(report));
}

void print_text(const client_result<ack_result>& r, const std::vector<std::string>& answers) {
  const auto& v = r.value;
  say("acknowledged by " + std::to_string(v.acked.size()) + " of " +
      std::to_string(v.acked.size() + v.timed_out.size() + v.left.size()) + " sockets");
  for (std::size_t i = 0; i < answers.size(); ++i)
    say("  " + v.acked[i].socket.str() + " on " + shown(v.acked[i].node) + ": " + answers[i]);
  for (const auto& id : v.timed_out) say("  " + id.str() + " did not answer in time");
  for (const auto& id : v.left) say("  " + id.str() + " left before it answered");
}

int print(const client_result<ack_result>& r, bool json) {
  const auto& v = r.value;
  std::vector<std::string> answers;
  for (const auto& a : v.acked) answers.push_back("[" + a.args.json + "]");
  json ? print_json(r, answers) : print_text(r, answers);
  if (v.overloaded) return fail(exit_code::failed, "a node has too many acknowledgements pending");
  if (!v.nodes_missing.empty())
    return fail(exit_code::failed, "no answer from node " + shown(v.nodes_missing));
  if (!v.complete()) return static_cast<int>(exit_code::failed);
  if (v.acked.empty()) return fail(exit_code::nobody, "nobody matched");
  return static_cast<int>(exit_code::done);
}

}  // namespace

void define_emit(CLI::App& command, emit_flags& flags) {
  command.add_option("--namespace", flags.nsp, "Namespace of the clients. Default: /")
      ->type_name("NAME")
      ->take_last();
  command
      .add_option("--room", flags.rooms,
                  "Only members of this room, or the socket of this id; repeated: of any of them.")
      ->type_name("ROOM")
      ->allow_extra_args(false);
  command.add_option("--except", flags.except, "Not members of this room; may be repeated.")
      ->type_name("ROOM")
      ->allow_extra_args(false);
  command.add_option("--event", flags.event, "Name of the event.")->type_name("NAME")->take_last();
  command
      .add_option("--data", flags.data,
                  "One argument of the event, a JSON value; repeated: several arguments.")
      ->type_name("JSON")
      ->allow_extra_args(false);
  command.add_flag("--ack", flags.ack, "Asks the clients to acknowledge, and prints who did.");
  define_cluster_flags(command, flags.cluster);
}

int run_emit(const emit_flags& flags) {
  if (const auto mistake = mistake_in(flags); !mistake.empty())
    return fail(exit_code::usage, mistake);
  if (!flags.cluster.http.empty())
    return with_api(flags.cluster,
                    [&](const api_caller& api) { return emit_over_http(flags, api); });
  return with_cluster(flags.cluster, [&](client& cluster) {
    const auto to = target_of(cluster, flags);
    const auto finish = [&](const auto& result) {
      return result.ok() ? print(result, flags.cluster.json)
                         : fail_call(result.outcome, result.why);
    };
    if (flags.ack)
      return finish(result_of(to.emit_json_with_ack(flags.event, args_of(flags)), flags.cluster));
    return finish(result_of(to.emit_json(flags.event, args_of(flags)), flags.cluster));
  });
}

}  // namespace pushmesh::program
