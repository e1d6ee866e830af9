#include "cluster/node/config/option_table.hpp"

#include <algorithm>
#include <chrono>

#include "cluster/node/config/limit_options.hpp"
#include "cluster/node/config/push_options.hpp"
#include "cluster/node/config/value_checks.hpp"
#include "cluster/node/config/value_types.hpp"
#include "net/transport/address_set.hpp"

namespace pushmesh::config {
namespace {

using namespace std::chrono_literals;

std::vector<option> node_options() {
  return {
      {"config", "", "FILE", "TOML file with settings. Flags and environment take precedence.",
       text_value(
           [](auto& c) -> auto& { return c.file; }, "the name of a file", is_not_empty)},
      {"listen", "listen", "HOST:PORT",
       "Address of the public listener, where clients connect. Port 0 picks a free one.",
       text_value(
           [](auto& c) -> auto& { return c.server.listen; }, address_form, is_address)},
      {"internal-listen", "internal_listen", "HOST:PORT",
       "Address of the internal listener with /livez, /readyz, /metrics and the HTTP API; empty: "
       "none. Not for the public.",
       text_value(
           [](auto& c) -> auto& { return c.server.internal_listen; },
           "HOST:PORT such as 127.0.0.1:9100, or nothing", is_address_or_empty)},
      {"name", "name", "NAME",
       "Name of the node in logs and results, unique in its cluster; empty: its cluster address, "
       "of "
       "a node that runs alone its listen address.",
       text_value(
           [](auto& c) -> auto& { return c.server.name; },
           "up to 64 letters, digits, dots, dashes, underscores and colons", is_node_name)},
      {"shards", "shards", "N", "Threads that serve clients; 0: one per core.",
       whole_value(
           [](auto& c) -> auto& { return c.server.shards; }, 0, 64)},
      {"redis", "redis", "URL",
       "Redis that back-ends publish through with the socket.io-emitter packages: redis:// with "
       "host, port and database, rediss:// the same over TLS, or unix:// with a path; user and "
       "password in front. Empty: none. "
       "Prefer the file or the environment when there is a password: command lines are public.",
       secret_value(
           [](auto& c) -> auto& { return c.server.redis; },
           "redis://[[user]:password@]host[:port][/database], rediss:// likewise, or "
           "unix://[[user]:password@]/path[?db=database]",
           is_redis_url_or_empty)},
      {"redis-key", "redis_key", "KEY",
       "First part of the names of the channels, as the emitters have it (their option `key`).",
       text_value(
           [](auto& c) -> auto& { return c.server.redis_key; }, "any text", is_not_empty)},
      {"redis-tls-ca", "redis_tls_ca", "FILE",
       "With rediss://: PEM file with the CAs that may have signed Redis' certificate; empty: "
       "those "
       "of the system.",
       text_value(
           [](auto& c) -> auto& { return c.server.redis_tls.ca; }, "the name of a file", is_any)},
      {"redis-tls-name", "redis_tls_name", "NAME",
       "With rediss://: name or address that Redis' certificate must have; empty: the host of the "
       "URL.",
       text_value(
           [](auto& c) -> auto& { return c.server.redis_tls.name; }, "a name or an address",
           is_any)},
      {"redis-tls-cert", "redis_tls_cert", "FILE",
       "With rediss://: PEM file with the certificate this node shows to Redis, where that wants "
       "one.",
       text_value(
           [](auto& c) -> auto& { return c.server.redis_tls.cert; }, "the name of a file", is_any)},
      {"redis-tls-key", "redis_tls_key", "FILE",
       "The private key of `redis_tls_cert`, without a passphrase.",
       text_value(
           [](auto& c) -> auto& { return c.server.redis_tls.key; }, "the name of a file", is_any)},
      {"insecure", "insecure", "", "Accepts settings that let strangers in.",
       switch_value([](auto& c) -> auto& { return c.insecure; })},
      {"client-dir", "client_dir", "FOLDER",
       "Folder with the client's scripts, served as /socket.io/socket.io.js and so on: client-dist "
       "of the npm package socket.io, or dist of socket.io-client.",
       text_value(
           [](auto& c) -> auto& { return c.server.client_dir; }, "the name of a folder", is_any)},
      {"trusted-proxies", "trusted_proxies", "LIST",
       "Addresses and ranges of proxies in front of the node. The right-most address in "
       "X-Forwarded-For that is none of them is taken for the client's.",
       list_value(
           [](auto& c) -> auto& { return c.server.transport.trusted_proxies; },
           "addresses or ranges such as \"10.0.0.0/8\"", net::address_set::is_range)},
      {"proxy-protocol", "proxy_protocol", "",
       "Clients come through trusted_proxies only, which announce them by the PROXY protocol, "
       "version 2.",
       switch_value([](auto& c) -> auto& { return c.server.transport.proxy_protocol; })},
      {"demo", "demo", "", "Serves a demo page at / and the chat events that it uses.",
       switch_value([](auto& c) -> auto& { return c.demo; })},
  };
}

std::vector<option> cluster_options() {
  return {
      {"cluster-listen", "cluster.listen", "HOST:PORT",
       "Address where other nodes reach this one; empty: it runs alone. Off loopback it needs "
       "certificates.",
       text_value(
           [](auto& c) -> auto& { return c.server.cluster.listen; },
           "HOST:PORT such as 10.0.0.1:4000, or nothing", is_address_or_empty)},
      {"peer", "cluster.peers", "LIST",
       "Addresses of other nodes, HOST:PORT each. One that can be reached is enough: it tells of "
       "the rest. A DNS name stands for all its addresses.",
       list_value(
           [](auto& c) -> auto& { return c.server.cluster.peers; },
           "addresses such as \"node2.example.com:4000\"", is_peer)},
      {"cluster-advertise", "cluster.advertise", "HOST:PORT",
       "Address under which others reach this node, where that is not cluster.listen.",
       text_value(
           [](auto& c) -> auto& { return c.server.cluster.advertise; },
           "HOST:PORT such as node1.example.com:4000, or nothing", is_address_or_empty)},
      {"cluster-name", "cluster.name", "NAME", "Nodes of a cluster of another name are refused.",
       text_value(
           [](auto& c) -> auto& { return c.server.cluster.name; },
           "up to 64 letters, digits, dots, dashes, underscores and colons", is_cluster_name)},
      {"cluster-cert", "cluster.cert", "FILE",
       "PEM file with this node's certificate, for links that only nodes of the same private "
       "authority can make (deploy/make-certs.sh). Needs cluster.key and cluster.ca.",
       text_value(
           [](auto& c) -> auto& { return c.server.cluster.cert; }, "the name of a file", is_any)},
      {"cluster-key", "cluster.key", "FILE", "PEM file with the private key of that certificate.",
       text_value(
           [](auto& c) -> auto& { return c.server.cluster.key; }, "the name of a file", is_any)},
      {"cluster-ca", "cluster.ca", "FILE",
       "PEM file with the private authority that signed the certificates of all nodes.",
       text_value(
           [](auto& c) -> auto& { return c.server.cluster.ca; }, "the name of a file", is_any)},
  };
}

std::vector<option> tls_options() {
  return {
      {"tls-cert", "tls.cert", "FILE",
       "The node's certificate in PEM form, then the intermediate ones; clients connect by TLS "
       "then (https, wss), and no longer without. `SIGHUP` reads the files of this section again: "
       "clients that connect afterwards get the new certificate, nobody is disconnected.",
       text_value(
           [](auto& c) -> auto& { return c.server.tls.cert; }, "the name of a file", is_any)},
      {"tls-key", "tls.key", "FILE", "The private key of `tls.cert`, without a passphrase.",
       text_value(
           [](auto& c) -> auto& { return c.server.tls.key; }, "the name of a file", is_any)},
      {"tls-client-ca", "tls.client_ca", "FILE",
       "CAs of clients in PEM form: a client must prove to have a certificate of one of them.",
       text_value(
           [](auto& c) -> auto& { return c.server.tls.client_ca; }, "the name of a file", is_any)},
      {"tls-clients", "tls.clients", "WHICH",
       "With `tls.client_ca`: whether clients without a certificate are refused.",
       choice_value([](auto& c) -> auto& { return c.server.tls.clients; },
                    {{"required", client_certificates::required},
                     {"requested", client_certificates::requested}})},
  };
}

std::vector<option> http_options() {
  return {
      {"api-key-file", "http.api_key_file", "FILE",
       "Keys of the HTTP API, one `KEY scope[,scope]` per line; the scopes are push, read and "
       "admin, and without one a key has all. Lines that are blank or begin with `#` are skipped. "
       "Without a file the API is open on a loopback address, and a node whose internal listener "
       "is elsewhere does not start. `SIGHUP` reads it again.",
       text_value(
           [](auto& c) -> auto& { return c.api_key_file; }, "the name of a file", is_any)},
      {"rate-per-key", "http.rate_per_key", "N",
       "Requests per second with one key, and as many at once after a quiet second; more are "
       "answered 429. 0: any number.",
       whole_value(
           [](auto& c) -> auto& { return c.rate_per_key; }, 0, 10'000'000)},
  };
}

std::vector<option> log_options() {
  return {
      {"log-level", "log.level", "LEVEL", "Less important lines are not logged.",
       choice_value([](auto& c) -> auto& { return c.level; },
                    {{"debug", log_level::debug},
                     {"info", log_level::info},
                     {"warn", log_level::warn},
                     {"error", log_level::error}})},
      {"log-format", "log.format", "FORMAT",
       "Form of the lines on standard error; \"auto\" is text on a terminal and JSON otherwise.",
       choice_value([](auto& c) -> auto& { return c.format; },
                    {{"auto", log_format::automatic},
                     {"text", log_format::text},
                     {"json", log_format::json}})},
  };
}

std::vector<option> socketio_options() {
  return {
      {"path", "socketio.path", "PATH", "Path of the Socket.IO endpoint.",
       text_value(
           [](auto& c) -> auto& { return c.server.transport.path; },
           "a path such as /socket.io/, with a slash at both ends", is_endpoint_path)},
      {"namespaces", "socketio.namespaces", "LIST",
       "Namespaces clients may join, besides \"/\", which they always may.",
       list_value(
           [](auto& c) -> auto& { return c.namespaces; },
           "names such as \"/chat\", with a slash in front", is_namespace)},
      {"origins", "socketio.origins", "LIST",
       "Origins whose pages may connect from a browser, besides those of the node's own host; "
       "\"*\" is any. Programs that send no Origin always may.",
       list_value(
           [](auto& c) -> auto& { return c.server.transport.origins; },
           "origins such as \"https://example.com\", or \"*\"", is_origin)},
      {"handshake-headers", "socketio.handshake_headers", "LIST",
       "Request headers kept for handlers, in lower case. \"x-*\" keeps all that begin so, \"*\" "
       "all; each costs memory in every connection.",
       list_value(
           [](auto& c) -> auto& { return c.server.transport.kept_headers; },
           "header names in lower case such as \"user-agent\", \"x-*\" or \"*\"",
           is_header_pattern)},
      {"parser", "socketio.parser", "PARSER",
       "How packets are written: \"default\" is what clients speak by themselves, \"msgpack\" "
       "needs "
       "socket.io-msgpack-parser at every client.",
       choice_value([](auto& c) -> auto& { return c.server.actors.parser; },
                    {{"default", packet_parser::standard}, {"msgpack", packet_parser::msgpack}})},
      {"ping-interval", "socketio.ping_interval", "DURATION",
       "A ping is sent to a client this long after its last answer.",
       duration_value(
           [](auto& c) -> auto& { return c.server.transport.ping_interval; }, 50ms, 1h)},
      {"ping-timeout", "socketio.ping_timeout", "DURATION",
       "A client that does not answer a ping for this long is closed.",
       duration_value(
           [](auto& c) -> auto& { return c.server.transport.ping_timeout; }, 50ms, 1h)},
      {"connect-timeout", "socketio.connect_timeout", "DURATION",
       "A connection that joined no namespace after this long is closed.",
       duration_value(
           [](auto& c) -> auto& { return c.server.actors.connect_timeout; }, 50ms, 1h)},
      {"allow-eio3", "socketio.allow_eio3", "on|off",
       "Whether socket.io-client 1.x and 2.x are served. Off, they are refused, and the log says "
       "so.",
       choice_value([](auto& c) -> auto& { return c.server.transport.allow_eio3; },
                    {{"on", true}, {"off", false}})},
      {"upgrade-timeout", "socketio.upgrade_timeout", "DURATION",
       "A WebSocket that wants to take over a polling client's session and does not within this "
       "long is closed; the session goes on.",
       duration_value(
           [](auto& c) -> auto& { return c.server.transport.upgrade_timeout; }, 50ms, 1h)},
      {"max-payload", "socketio.max_payload", "SIZE",
       "Largest message a client may send; more closes its connection.",
       size_value(
           [](auto& c) -> auto& { return c.server.transport.limits.max_payload; }, kib, 256 * mib)},
  };
}

std::vector<option> recovery_options() {
  return {
      {"max-disconnection-duration", "recovery.max_disconnection_duration", "DURATION",
       "A client (4.6 and later) that lost its connection and is back within this long goes on as "
       "the same socket, with its rooms and what it missed; 0: off. The same on all nodes of a "
       "cluster.",
       duration_value(
           [](auto& c) -> auto& { return c.server.actors.recovery.max_disconnection_duration; },
           0ms, 24h)},
      {"skip-middlewares", "recovery.skip_middlewares", "on|off",
       "Whether sockets that come back are spared the middlewares.",
       choice_value([](auto& c) -> auto& { return c.server.actors.recovery.skip_middlewares; },
                    {{"on", true}, {"off", false}})},
      {"max-replay-bytes", "recovery.max_bytes", "SIZE",
       "Memory for what clients may have missed, each message once per shard. More: the oldest go, "
       "and clients that miss them come back as new sockets.",
       size_value(
           [](auto& c) -> auto& { return c.server.actors.recovery.max_bytes; }, mib, 1024 * gib)},
      {"max-away-sessions", "recovery.max_sessions", "N",
       "Sockets whose client is away. More: those that left first are given up.",
       whole_value(
           [](auto& c) -> auto& { return c.server.actors.recovery.max_sessions; }, 1, 10'000'000)},
  };
}

std::vector<option> bridge_options() {
  return {
      {"bridge-disconnect-sockets", "bridge.disconnect_sockets", "",
       "Lets publishers disconnect sockets (disconnectSockets).",
       switch_value([](auto& c) -> auto& { return c.server.bridge.disconnect_sockets; })},
      {"bridge-server-side-emit", "bridge.server_side_emit", "",
       "Lets publishers run the handlers of server-side events (serverSideEmit).",
       switch_value([](auto& c) -> auto& { return c.server.bridge.server_side_emit; })},
      {"bridge-publish-emits", "bridge.publish_emits", "",
       "Publishes what this node's handlers emit for official servers on the same Redis and key.",
       switch_value([](auto& c) -> auto& { return c.server.bridge.publish_emits; })},
      {"bridge-max-message", "bridge.max_message", "SIZE",
       "Largest message the bridge takes from Redis; more is dropped and counted.",
       size_value(
           [](auto& c) -> auto& { return c.server.bridge.max_message; }, kib, 16 * mib)},
      {"bridge-ack-events", "bridge.ack_events", "LIST",
       "Events whose receivers are asked to acknowledge. Each acknowledgement is published on "
       "`<redis_key>-acks#<namespace>#<message id>`; the message id is the event's first argument.",
       list_value(
           [](auto& c) -> auto& { return c.server.bridge.ack_events; },
           "names of events such as \"message\"", is_not_empty)},
      {"bridge-ack-timeout", "bridge.ack_timeout", "DURATION",
       "An acknowledgement that takes longer is not published.",
       duration_value(
           [](auto& c) -> auto& { return c.server.bridge.ack_timeout; }, 100ms, 10min)},
  };
}

}  // namespace

const std::vector<option>& option_table() {
  static const std::vector<option> table = [] {
    std::vector<option> all;
    for (auto part :
         {node_options, push_options, push_event_options, cluster_options, tls_options, http_options,
          log_options, socketio_options, recovery_options, bridge_options, limit_options})
      for (auto& o : part()) all.push_back(std::move(o));
    return all;
  }();
  return table;
}

const std::vector<section_info>& option_sections() {
  static const std::vector<section_info> sections{{"", "Node"},
                                                  {"push", "Push service"},
                                                  {"push.events", "Push service: events"},
                                                  {"cluster", "Cluster"},
                                                  {"tls", "TLS"},
                                                  {"http", "HTTP API"},
                                                  {"log", "Log"},
                                                  {"socketio", "Socket.IO"},
                                                  {"recovery", "Connection state recovery"},
                                                  {"bridge", "Emitter bridge"},
                                                  {"limits", "Limits"}};
  return sections;
}

const option* find_option(std::string_view name) {
  const auto& table = option_table();
  const auto found =
      std::find_if(table.begin(), table.end(), [name](const option& o) { return o.name == name; });
  return found == table.end() ? nullptr : &*found;
}

}  // namespace pushmesh::config
