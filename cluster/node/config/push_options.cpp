#include "cluster/node/config/push_options.hpp"

#include <chrono>
#include <set>

#include "cluster/node/config/value_checks.hpp"
#include "cluster/node/config/value_types.hpp"
#include "net/auth/jwt_key.hpp"

namespace pushmesh::config {

using namespace std::chrono_literals;
using cluster::push::auth_mode;
using cluster::push::ended_policy;

std::vector<option> push_options() {
  return {
      {"auth", "push.auth", "MODE",
       "How clients prove who they are: \"none\" is not at all, and needs --insecure when the "
       "public "
       "listener is not on a loopback address; \"jwt\" is by tokens that a key of `jwt_key_files` "
       "signed.",
       choice_value([](auto& c) -> auto& { return c.push.auth; },
                    {{"none", auth_mode::none}, {"jwt", auth_mode::jwt}})},
      {"jwt-key-file", "push.jwt_key_files", "LIST",
       "Files with the keys of tokens, one each, up to 16: a public key in PEM form (RSA: RS256; "
       "EC "
       "P-256: ES256) or else a secret (HS256), one line end behind it left out. Each is tried "
       "that "
       "has the algorithm of the token. They are read at start.",
       list_value(
           [](auto& c) -> auto& { return c.push.jwt_key_files; }, "names of files", is_not_empty)},
      {"jwt-audience", "push.jwt_audience", "NAME",
       "Name that must be in the audience (aud) of tokens; empty: tokens must not have one.",
       text_value(
           [](auto& c) -> auto& { return c.push.jwt_audience; }, "any text", is_any)},
      {"jwt-issuer", "push.jwt_issuer", "NAME",
       "What tokens must have as their issuer (iss); empty: anything.",
       text_value(
           [](auto& c) -> auto& { return c.push.jwt_issuer; }, "any text", is_any)},
      {"jwt-leeway", "push.jwt_leeway", "DURATION",
       "By how much the clocks of the issuer and of the node may differ when a token is judged. A "
       "session ends when its token does, without leeway.",
       duration_value(
           [](auto& c) -> auto& { return c.push.jwt_leeway; }, 0ms, 10min)},
      {"auth-timeout", "push.auth_timeout", "DURATION",
       "With auth \"jwt\": a socket that has not logged in after this long is closed.",
       duration_value(
           [](auto& c) -> auto& { return c.push.auth_timeout; }, 100ms, 24h)},
      {"on-replaced", "push.on_replaced", "WHAT",
       "What becomes of a socket whose session was ended (replaced by another device, kicked, "
       "token "
       "expired): it stays connected without a user, or is disconnected.",
       choice_value([](auto& c) -> auto& { return c.push.on_replaced; },
                    {{"logout", ended_policy::log_out}, {"disconnect", ended_policy::disconnect}})},
      {"push-namespace", "push.namespace", "NAME", "Namespace of the push service.",
       text_value(
           [](auto& c) -> auto& { return c.push.nsp; },
           "a name such as \"/push\", with a slash in front", is_namespace)},
  };
}

std::vector<option> push_event_options() {
  constexpr const char* form = "up to 64 characters, no name that Socket.IO reserves";
  return {
      {"event-login", "push.events.login", "NAME", "A client logs in.",
       text_value(
           [](auto& c) -> auto& { return c.push.events.login; }, form, is_event_name)},
      {"event-refresh", "push.events.refresh", "NAME", "A client shows a newer token.",
       text_value(
           [](auto& c) -> auto& { return c.push.events.refresh; }, form, is_event_name)},
      {"event-logout", "push.events.logout", "NAME", "A client logs out.",
       text_value(
           [](auto& c) -> auto& { return c.push.events.logout; }, form, is_event_name)},
      {"event-session", "push.events.session", "NAME",
       "Tells a client that it is logged in, after login by connect.",
       text_value(
           [](auto& c) -> auto& { return c.push.events.session; }, form, is_event_name)},
      {"event-repeat", "push.events.repeat", "NAME", "Tells a client that its session was ended.",
       text_value(
           [](auto& c) -> auto& { return c.push.events.repeat; }, form, is_event_name)},
  };
}

namespace {

std::string key_problem(const cluster::push::service_options& push) {
  const auto& files = push.jwt_key_files;
  if (push.auth == auth_mode::none)
    return files.empty()
               ? std::string()
               : "push.jwt_key_files are given, but push.auth is \"none\": no token would be asked "
                 "for; add --auth jwt";
  if (files.empty())
    return "push.auth = \"jwt\" needs push.jwt_key_files (--jwt-key-file): the keys of tokens";
  if (files.size() > cluster::push::max_jwt_keys)
    return "push.jwt_key_files: " + std::to_string(files.size()) + " files; at most " +
           std::to_string(cluster::push::max_jwt_keys);
  const auto keys = net::load_jwt_keys(files);
  return keys ? std::string() : keys.error();
}

std::string event_problem(const cluster::push::event_names& events) {
  std::set<std::string_view> names;
  for (const auto* name :
       {&events.login, &events.refresh, &events.logout, &events.session, &events.repeat})
    if (!names.insert(*name).second)
      return "push.events: two events are called " + in_quotes(*name);
  return {};
}

}  // namespace

std::string push_problem(const node_config& settings) {
  auto problem = key_problem(settings.push);
  return problem.empty() ? event_problem(settings.push.events) : problem;
}

}  // namespace pushmesh::config
