#include "cluster/node/config/limit_options.hpp"

#include <chrono>

#include "cluster/node/config/value_checks.hpp"
#include "cluster/node/config/value_types.hpp"

namespace pushmesh::config {

using namespace std::chrono_literals;

std::vector<option> limit_options() {
  return {
      {"max-connections", "limits.max_connections", "N",
       "Connections the node takes; 0: what the limit of open descriptors allows.",
       whole_value(
           [](auto& c) -> auto& { return c.server.transport.max_connections; }, 0, 10'000'000)},
      {"memory-limit", "limits.memory_limit", "SIZE",
       "Memory the node may use, of which other bounds are shares; 0: the limit of its cgroup, "
       "else "
       "the machine's memory.",
       size_value(
           [](auto& c) -> auto& { return c.server.memory_limit; }, 32 * mib, 1024 * gib,
           zero::allowed)},
      {"outbound-budget", "limits.outbound_budget", "SIZE",
       "Memory for messages on their way to clients, all together; 0: a quarter of memory_limit. "
       "At "
       "80 % volatile messages are dropped, at 100 % the connections with the most are closed.",
       size_value(
           [](auto& c) -> auto& { return c.server.outbound_budget; }, mib, 1024 * gib,
           zero::allowed)},
      {"max-connect-rate", "limits.max_connect_rate", "N",
       "New connections per second; more wait in the kernel. 0: any number.",
       whole_value(
           [](auto& c) -> auto& { return c.server.transport.max_connect_rate; }, 0, 10'000'000)},
      {"max-connections-per-address", "limits.max_connections_per_address", "N",
       "Connections one client address may have, an IPv6 /64 counting as one; more are answered "
       "429. 0: 1000 with trusted_proxies, else any number.",
       whole_value(
           [](auto& c) -> auto& { return c.server.transport.max_connections_per_address; }, 0,
           10'000'000)},
      {"max-connect-rate-per-address", "limits.max_connect_rate_per_address", "N",
       "New connections of one client address per second, and as many at once after a quiet "
       "second; more are answered 429. 0: 200 with trusted_proxies, else any number.",
       whole_value(
           [](auto& c) -> auto& { return c.server.transport.max_connect_rate_per_address; }, 0,
           10'000'000)},
      {"max-message-rate", "limits.max_message_rate", "N",
       "Messages per second one connection may send, and as many at once after a quiet second; "
       "more closes it (\"rate limited\"). 0: any number.",
       whole_value(
           [](auto& c) -> auto& { return c.server.actors.max_message_rate; }, 0, 10'000'000)},
      {"max-rooms", "limits.max_rooms", "N",
       "Rooms one socket may be in; joining a further one has no effect. 0: any number.",
       whole_value(
           [](auto& c) -> auto& { return c.server.actors.max_rooms; }, 0, 100'000'000)},
      {"max-event-name", "limits.max_event_name", "SIZE",
       "Length of an event's name, as written in the packet; more closes the connection.",
       size_value(
           [](auto& c) -> auto& { return c.server.transport.limits.max_event_name_length; }, 16,
           64 * kib)},
      {"max-http-head", "limits.max_http_head", "SIZE",
       "Head of an HTTP request; more is answered 431.",
       size_value(
           [](auto& c) -> auto& { return c.server.transport.limits.max_http_head; }, kib, mib)},
      {"max-queue-bytes", "limits.max_queue_bytes", "SIZE",
       "What may wait for one slow client before `overflow` applies. A single larger message may "
       "pass when nothing else waits.",
       size_value(
           [](auto& c) -> auto& { return c.server.transport.max_queue_bytes; }, 4 * kib, gib)},
      {"max-queue-age", "limits.max_queue_age", "DURATION",
       "A client that leaves a message waiting for this long is closed.",
       duration_value(
           [](auto& c) -> auto& { return c.server.transport.max_queue_age; }, 100ms, 1h)},
      {"overflow", "limits.overflow", "POLICY",
       "What happens when the queue of a client is full: it is closed, the oldest or the newest "
       "messages are dropped, or only the newest message of each event is kept.",
       choice_value([](auto& c) -> auto& { return c.server.transport.overflow; },
                    {{"close", overflow_policy::close},
                     {"drop_oldest", overflow_policy::drop_oldest},
                     {"drop_newest", overflow_policy::drop_newest},
                     {"coalesce", overflow_policy::coalesce}})},
      {"max-json-depth", "limits.max_json_depth", "N",
       "Arrays and objects inside each other in one message; more closes the connection.",
       whole_value(
           [](auto& c) -> auto& { return c.server.transport.limits.max_json_depth; }, 1, 10'000)},
      {"max-attachments", "limits.max_attachments", "N",
       "Binary values in one event or ack of a client; more closes its connection. Each may have "
       "max_payload bytes.",
       whole_value(
           [](auto& c) -> auto& { return c.server.transport.limits.max_attachments; }, 0, 1'000)},
      {"max-partial-bytes", "limits.max_partial_bytes", "SIZE",
       "Memory for messages and polling requests that have not arrived whole, all together, and "
       "as much again for "
       "events "
       "with binary whose attachments are due; beyond it the connection whose message began first "
       "is closed.",
       size_value(
           [](auto& c) -> auto& { return c.server.actors.max_partial_bytes; }, mib, 64 * gib)},
      {"max-namespaces", "limits.max_namespaces", "N",
       "Namespaces one connection may join; more are refused with a connect_error.",
       whole_value(
           [](auto& c) -> auto& { return c.server.actors.max_namespaces; }, 1, 10'000)},
      {"max-pending-acks", "limits.max_pending_acks", "N",
       "Acknowledgements awaited at the same time, over all emits; more fail at once.",
       whole_value(
           [](auto& c) -> auto& { return c.server.actors.max_pending_acks; }, 1, 100'000'000)},
      {"request-timeout", "limits.request_timeout", "DURATION",
       "An HTTP request that is not complete after this long is cut.",
       duration_value(
           [](auto& c) -> auto& { return c.server.transport.request_timeout; }, 100ms, 10min)},
      {"keep-alive-timeout", "limits.keep_alive_timeout", "DURATION",
       "An HTTP connection that is idle between two requests for this long is closed.",
       duration_value(
           [](auto& c) -> auto& { return c.server.transport.keep_alive_timeout; }, 100ms, 1h)},
      {"close-timeout", "limits.close_timeout", "DURATION",
       "A client that does not answer the closing of its WebSocket for this long is cut.",
       duration_value(
           [](auto& c) -> auto& { return c.server.transport.close_timeout; }, 10ms, 1min)},
      {"slow-handler", "limits.slow_handler", "DURATION",
       "A handler that takes longer is logged and counted: it holds up all clients of its thread.",
       duration_value(
           [](auto& c) -> auto& { return c.server.actors.slow_handler; }, 1ms, 1min)},
  };
}

}  // namespace pushmesh::config
