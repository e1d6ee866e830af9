// The server of the end-to-end tests and benchmarks: every event a Socket.IO application may want,
// on the public API alone. tests/e2e/reference/app.mjs is the same on the official server.
#include <algorithm>
#include <any>
#include <charconv>
#include <chrono>
#include <exception>
#include <iostream>
#include <map>
#include <regex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <pushmesh/server.hpp>

namespace {

using namespace pushmesh;
using std::chrono::milliseconds;
using texts = std::vector<std::string>;

struct identity {  // what `whoami` answers
  std::string id;
  std::string_view nsp, node, transport, address;
  int eio;
  raw_json auth;
  std::map<std::string, std::string> query, headers;
};

template <class Fields>
void json_fields(Fields& f, identity& i) {
  f("id", i.id);
  f("nsp", i.nsp);
  f("node", i.node);
  f("eio", i.eio);
  f("transport", i.transport);
  f("auth", i.auth);
  f("query", i.query);
  f("headers", i.headers);
  f("address", i.address);
}

struct member {  // what `fetch` answers for each socket
  std::string id;
  texts rooms;
};

template <class Fields>
void json_fields(Fields& f, member& m) {
  f("id", m.id);
  f("rooms", m.rooms);
}

struct survey {  // what `ask-room` answers
  bool ok;
  std::vector<raw_json> replies;
};

template <class Fields>
void json_fields(Fields& f, survey& s) {
  f("ok", s.ok);
  f("replies", s.replies);
}

identity whoami(const socket& s, std::string_view node) {
  const auto& request = s.handshake();
  const auto kept = request.headers();
  const auto query = request.query();
  return {.id = s.client_id(),
          .nsp = s.nsp_name(),
          .node = node,
          .transport = s.transport(),
          .address = request.address(),
          .eio = s.protocol(),
          .auth = raw_json{s.auth()},
          .query = {query.begin(), query.end()},
          .headers = {kept.begin(), kept.end()}};
}

void add_messages(nsp& n, const server& node) {
  n.on_connection([](socket& s) { s.emit("auth", raw_json{s.auth()}); });
  n.on("message", [](socket& s, event& e) { s.emit("message-back", e.args()); });
  n.on("message-with-ack", [](socket&, event& e) { e.ack(e.args()); });
  n.on("noop", [](socket&, event&) {});
  n.on("echo", [](socket&, event& e) { e.ack(e.args()); });
  n.on("whoami", [&node](socket& s, event& e) { e.ack(whoami(s, node.node_id())); });
  n.on("recovered", [](socket& s, event& e) { e.ack(s.recovered()); });
  n.on("remember", [](socket& s, event& e) { s.data() = e.get<std::string>(0); });
  n.on("recall", [](socket& s, event& e) {
    const auto* const text = std::any_cast<std::string>(&s.data());
    e.ack(text ? *text : "");
  });
  n.on("count", [](socket& s, event& e) { e.ack(s.of().size()); });
}

void add_rooms(nsp& n) {
  n.on("join", [](socket& s, event& e) {
    s.join(e.get<std::string>(0), [ack = e.take_ack()] { ack("ok"); });
  });
  n.on("leave", [](socket& s, event& e) {
    s.leave(e.get<std::string>(0));
    e.ack("ok");
  });
  n.on("rooms", [](socket& s, event& e) { e.ack(s.rooms()); });
  n.on("fetch", [](socket& s, event& e) {
    s.of().in(e.get<std::string>(0)).fetch_sockets([ack = e.take_ack()](auto found) {
      std::vector<member> members;
      for (auto& info : found.sockets) members.push_back({info.id.str(), std::move(info.rooms)});
      ack(members);
    });
  });
}

/// The client chose the name: one that is reserved is a bad argument, no failure of this handler.
void pass_on(const target& to, event& e, std::size_t name_index) try {
  to.emit(e.get<std::string>(name_index), e.args(name_index + 1));
  e.ack("ok");
} catch (const std::invalid_argument& reserved_name) {
  throw argument_error(reserved_name.what());
}

void add_emits(nsp& n) {
  n.on("emit-to", [](socket& s, event& e) { pass_on(s.of().to(e.get<std::string>(0)), e, 1); });
  n.on("emit-except", [](socket& s, event& e) {
    pass_on(s.of().all().to(e.get<texts>(0)).except(e.get<texts>(1)), e, 2);
  });
  n.on("broadcast", [](socket& s, event& e) { pass_on(s.broadcast(), e, 0); });
}

survey summary(const ack_result& result) {
  survey s{.ok = result.complete(), .replies = {}};
  for (const auto& reply : result.acked) s.replies.push_back(reply.arg(0));
  return s;
}

void add_questions(nsp& n) {
  n.on("ask-me", [](socket& s, event& e) {
    s.emit_with_ack("question", e.arg(0)).then([ack = e.take_ack()](ack_result r) {
      if (!r.acked.empty()) ack(std::vector{r.acked.front().args});
    });
  });
  n.on("ask-room", [](socket& s, event& e) {
    const auto room = e.get<std::string>(0);
    const auto patience = milliseconds(e.get<std::uint32_t>(1));
    auto question = s.of().to(room).emit_with_ack("question", e.arg(2));
    question.timeout(patience).until_first_loss();
    question.then([ack = e.take_ack()](ack_result r) { ack(summary(r)); });
  });
}

void add_departures(nsp& n) {
  n.on("kick", [](socket& s, event& e) {
    s.of().to(e.get<std::string>(0)).disconnect_sockets(e.get_if<bool>(1).value_or(false));
    e.ack("ok");
  });
  n.on("disconnect-me",
       [](socket& s, event& e) { s.disconnect(e.get_if<bool>(0).value_or(false)); });
  n.on("drop-me", [](socket& s, event&) { s.close_transport(); });
}

void add_handlers(nsp& n, const server& node) {
  add_messages(n, node);
  add_rooms(n);
  add_emits(n);
  add_questions(n);
  add_departures(n);
}

void admit_with_token(socket& s, next go) {
  const auto token = from_json<json_value>(s.auth()).find("token");
  if (token && token->get_if<std::string>() == "secret") return go();
  go(connect_error("not authorized", std::map<std::string, int>{{"code", 401}}));
}

engineio_handlers echo_all() {
  return {.text = [](engineio_socket& s, std::string_view text) { s.send(text); },
          .binary = [](engineio_socket& s, std::string_view bytes) { s.send_binary(bytes); }};
}

unsigned number(const std::string& text) {
  unsigned value = 0;
  const auto* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || at != end) throw std::invalid_argument(text + " is not a number");
  return value;
}

void set_profile(server_options& o, const std::string& name) {
  const auto suite = name == "suite";
  if (!suite && name != "app") throw std::invalid_argument("there is no profile " + name);
  o.transport.ping_interval = milliseconds(suite ? 300 : 3000);
  o.transport.ping_timeout = milliseconds(suite ? 200 : 3000);
  o.actors.connect_timeout = milliseconds(suite ? 1000 : 5000);
}

void set_parser(server_options& o, const std::string& name) {
  if (name != "default" && name != "msgpack")
    throw std::invalid_argument("there is no parser " + name);
  o.actors.parser = name == "msgpack" ? packet_parser::msgpack : packet_parser::standard;
}

void log_from(server_options& o, const std::string& level) {
  texts const levels{"debug", "info", "warn", "error"};
  const auto lowest = std::find(levels.begin(), levels.end(), level) - levels.begin();
  if (lowest == 4) throw std::invalid_argument("there is no log level " + level);
  o.actors.log = [lowest](int line_level, std::string_view line) {
    if (line_level >= lowest) std::cerr << std::string(line) + '\n';
  };
}

void set(server_options& o, const std::string& flag, const std::string& value) {
  if (flag == "--listen")
    o.listen = value;
  else if (flag == "--shards")
    o.shards = number(value);
  else if (flag == "--profile")
    set_profile(o, value);
  else if (flag == "--ping-interval")
    o.transport.ping_interval = milliseconds(number(value));
  else if (flag == "--ping-timeout")
    o.transport.ping_timeout = milliseconds(number(value));
  else if (flag == "--connect-timeout")
    o.actors.connect_timeout = milliseconds(number(value));
  else if (flag == "--recovery")
    o.actors.recovery.max_disconnection_duration = milliseconds(number(value));
  else if (flag == "--name")
    o.name = value;
  else if (flag == "--cluster-listen")
    o.cluster.listen = value;
  else if (flag == "--peer")
    o.cluster.peers.push_back(value);
  else if (flag == "--cluster-name")
    o.cluster.name = value;
  else if (flag == "--cluster-cert")
    o.cluster.cert = value;
  else if (flag == "--cluster-key")
    o.cluster.key = value;
  else if (flag == "--cluster-ca")
    o.cluster.ca = value;
  else if (flag == "--parser")
    set_parser(o, value);
  else if (flag == "--redis")
    o.redis = value;
  else if (flag == "--redis-key")
    o.redis_key = value;
  else if (flag == "--bridge-ack-event")
    o.bridge.ack_events.push_back(value);
  else if (flag == "--bridge-ack-timeout")
    o.bridge.ack_timeout = milliseconds(number(value));
  else if (flag == "--bridge-publish-emits")
    o.bridge.publish_emits = value == "on";
  else if (flag == "--log-level")
    log_from(o, value);
  else
    throw std::invalid_argument(flag + " is no option of this program, or not yet");
}

/// The last one counts; --profile goes before what refines it.
server_options parse(const texts& words) {
  server_options o;
  o.transport.origins = {"*"};
  set_profile(o, "app");
  o.bridge.disconnect_sockets = o.bridge.server_side_emit = true;
  if (words.size() % 2 != 0) throw std::invalid_argument("options are pairs: --NAME VALUE");
  for (std::size_t i = 0; i < words.size(); i += 2) set(o, words[i], words[i + 1]);
  return o;
}

}  // namespace

int main(int argc, char** argv) try {
  server node(parse({argv + 1, argv + argc}));
  for (const auto* name : {"/", "/custom", "/auth"}) add_handlers(node.of(name), node);
  add_handlers(node.of_matching(std::regex(R"(/dyn-\d+)")), node);
  node.of("/auth").use(admit_with_token);
  node.on_engineio("/engine.io/", echo_all());
  node.of("/").on_server_side("node-notice", [&node](server_event& notice) {
    node.of("/").local().emit("node-notice", node.node_id(), notice.args());
  });
  node.run([&] {
    const auto& listen = node.options().listen;
    std::cout << "listening on " << listen.substr(0, listen.rfind(':')) << ':' << node.port()
              << std::endl;
  });
} catch (const std::invalid_argument& e) {
  std::cerr << e.what() << '\n';
  return 64;
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
