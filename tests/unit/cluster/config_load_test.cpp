#include "cluster/node/config/load_config.hpp"

#include <string>

#include <doctest/doctest.h>

#include "cluster/node/config/config_pages.hpp"
#include "cluster/node/config/option_table.hpp"
#include "tests/unit/cluster/scratch_file.hpp"

using namespace pushmesh::config;
using pushmesh::scratch_file;
using namespace std::chrono_literals;

namespace {

given_flag flag(std::string_view name, const std::string& text) {
  return {find_option(name), {raw_value::kind::text, text, {}}};
}

given_flag list_flag(std::string_view name, std::vector<std::string> items) {
  return {find_option(name), {raw_value::kind::list, items.front(), items}};
}

/// The error of a file, with FILE in place of its name.
std::string error_of(const std::string& text) {
  const scratch_file file(text);
  const auto loaded = load_config({flag("config", file.name())}, {});
  REQUIRE_FALSE(loaded.has_value());
  CHECK(loaded.error().code == exit_code::configuration);
  auto message = loaded.error().message;
  if (const auto at = message.find(file.name()); at != std::string::npos)
    message.replace(at, file.name().size(), "FILE");
  return message;
}

}  // namespace

TEST_CASE("without flags, environment and file the defaults are in effect") {
  const auto loaded = load_config({}, {});
  REQUIRE(loaded.has_value());
  CHECK(loaded->settings.server.listen == "127.0.0.1:3000");
  CHECK(loaded->settings.namespaces == std::vector<std::string>{"/"});
  CHECK(loaded->warnings.empty());
  for (const auto& origin : loaded->origins) CHECK(origin == "default");
}

TEST_CASE("a flag wins over the environment, the environment over the file") {
  const scratch_file file(
      "shards = 3\nname = \"file\"\n[socketio]\nping_interval = \"3s\"\nping_timeout = \"3s\"\n");
  const auto loaded = load_config({flag("config", file.name()), flag("ping-interval", "1s")},
                                  {{"PUSHMESH_PING_INTERVAL", "2s"},
                                   {"PUSHMESH_PING_TIMEOUT", "2s"},
                                   {"PUSHMESH_NAME", "env"}});
  REQUIRE(loaded.has_value());
  const auto& server = loaded->settings.server;
  CHECK(server.transport.ping_interval == 1s);
  CHECK(server.transport.ping_timeout == 2s);
  CHECK(server.name == "env");
  CHECK(server.shards == 3);
  const auto shown = effective_settings(*loaded);
  CHECK(shown.find("ping_interval = \"1s\"  # flag\n") != std::string::npos);
  CHECK(shown.find("ping_timeout = \"2s\"  # PUSHMESH_PING_TIMEOUT\n") != std::string::npos);
  CHECK(shown.find("shards = 3  # " + file.name() + " line 1\n") != std::string::npos);
  CHECK(shown.find("auth = \"none\"  # default\n") != std::string::npos);
}

TEST_CASE("the file may be named by the environment; a flag names another") {
  const scratch_file one("shards = 1"), two("shards = 2");
  CHECK(load_config({}, {{"PUSHMESH_CONFIG", one.name()}})->settings.server.shards == 1);
  CHECK(load_config({flag("config", two.name())}, {{"PUSHMESH_CONFIG", one.name()}})
            ->settings.server.shards == 2);
}

TEST_CASE("every type of value is taken from a file") {
  const scratch_file file(R"(
insecure = true
listen = "0.0.0.0:80"
shards = 64
log.level = "error"
[socketio]
namespaces = ["/", "/chat"]
origins = []
max_payload = 4096
[limits]
max_queue_bytes = "64KiB"
memory_limit = 0
overflow = "drop_oldest"
slow_handler = "5ms"
)");
  const auto loaded = load_config({flag("config", file.name())}, {});
  REQUIRE_MESSAGE(loaded.has_value(), loaded.error().message);
  const auto& s = loaded->settings;
  CHECK(s.insecure);
  CHECK(s.server.listen == "0.0.0.0:80");
  CHECK(s.server.shards == 64);
  CHECK(s.level == log_level::error);
  CHECK(s.namespaces == std::vector<std::string>{"/", "/chat"});
  CHECK(s.server.transport.limits.max_payload == 4096);
  CHECK(s.server.transport.max_queue_bytes == 65536);
  CHECK(s.server.transport.overflow == pushmesh::overflow_policy::drop_oldest);
  CHECK(s.server.actors.slow_handler == 5ms);
}

TEST_CASE("the effective settings are a file that gives the same settings") {
  const auto first =
      load_config({flag("shards", "2"), flag("max-queue-age", "1500ms"), flag("name", "n1"),
                   list_flag("namespaces", {"/", "/a"}), flag("overflow", "coalesce")},
                  {});
  REQUIRE(first.has_value());
  const scratch_file file(effective_settings(*first));
  const auto second = load_config({flag("config", file.name())}, {});
  REQUIRE_MESSAGE(second.has_value(), second.error().message);
  for (const auto& o : option_table())
    if (!o.key.empty()) CHECK(o.type.write(first->settings) == o.type.write(second->settings));
}

TEST_CASE("an unknown key is told with the nearest one") {
  CHECK(error_of("\n\nlisen = \"127.0.0.1:1\"") ==
        "unknown key \"lisen\" in FILE line 3; did you mean \"listen\"?");
  CHECK(error_of("[socketio]\nping_intervall = \"5s\"") ==
        "unknown key \"ping_intervall\" in FILE line 2; did you mean \"ping_interval\"?");
  CHECK(error_of("ping_interval = \"5s\"") ==
        "unknown key \"ping_interval\" in FILE line 1; it belongs in [socketio]");
  CHECK(error_of("[limits]\nlisten = \"127.0.0.1:1\"") ==
        "unknown key \"listen\" in FILE line 2; it belongs at the top, before any [section]");
  CHECK(error_of("colour = 1") == "unknown key \"colour\" in FILE line 1");
  CHECK(error_of("[[handler]]\nurl = \"x\"") == "unknown key \"handler\" in FILE line 1");
}

TEST_CASE("an unknown section is told with the nearest one") {
  CHECK(error_of("[limit]\nshards = 1") ==
        "unknown section [limit] in FILE line 1; did you mean [limits]?");
  CHECK(error_of("[colour]") == "unknown section [colour] in FILE line 1");
}

TEST_CASE("a value of the wrong type is told with the form that is allowed") {
  CHECK(error_of("shards = \"2\"") ==
        "shards in FILE line 1: expected a whole number from 0 to 64, got \"2\"");
  CHECK(error_of("shards = 1.5") ==
        "shards in FILE line 1: expected a whole number from 0 to 64, got 1.5");
  CHECK(error_of("listen = 3000") ==
        "listen in FILE line 1: expected HOST:PORT such as 127.0.0.1:3000, where HOST is an IP "
        "address or localhost, got 3000");
  CHECK(error_of("listen = {port = 3000}") ==
        "listen in FILE line 1: expected HOST:PORT such as 127.0.0.1:3000, where HOST is an IP "
        "address or localhost, got a table");
  CHECK(error_of("demo = \"yes\"") == "demo in FILE line 1: expected true or false, got \"yes\"");
  CHECK(error_of("[socketio]\nnamespaces = \"/chat\"") ==
        "socketio.namespaces in FILE line 2: expected names such as \"/chat\", with a slash in "
        "front, got \"/chat\"");
  CHECK(error_of("[socketio]\nnamespaces = [1]") ==
        "socketio.namespaces in FILE line 2: expected names such as \"/chat\", with a slash in "
        "front, got [ 1 ]");
  CHECK(error_of("[log]\nlevel = \"loud\"") ==
        "log.level in FILE line 2: expected \"debug\", \"info\", \"warn\" or \"error\", got "
        "\"loud\"");
}

TEST_CASE("text that is not TOML is told with line and column") {
  CHECK(error_of("a = 1\nb = = 2").starts_with("FILE line 2 column 5: "));
  CHECK(error_of("listen = \"127.0.0.1:1").starts_with("FILE line 1 column "));
  CHECK(error_of("[log]\n[log]").starts_with("FILE line 2 column "));
  CHECK(error_of("shards = 1\nshards = 2") ==
        "FILE line 2 column 10: Error while parsing key-value pair: cannot redefine existing "
        "integer 'shards'");
  CHECK(error_of("a = " + std::string(10'000, '[')).starts_with("FILE line 1 column "));
  CHECK(error_of("name = \"\xff\"").starts_with("FILE line 1 column "));
}

TEST_CASE("a file that cannot be read is told with the reason") {
  const auto missing = load_config({flag("config", "/tmp/no/such.toml")}, {});
  CHECK(missing.error().message == "cannot read /tmp/no/such.toml: No such file or directory");
  const auto folder = load_config({flag("config", "/tmp")}, {});
  CHECK(folder.error().message == "cannot read /tmp: Is a directory");
  CHECK(error_of(std::string((1 << 20) + 1, '#')) == "cannot read FILE: it is larger than 1 MiB");
}

TEST_CASE("an unknown variable is a warning with the nearest one") {
  const auto loaded = load_config({}, {{"PUSHMESH_LISEN", "x"}, {"PUSHMESH_COLOUR", "y"}});
  REQUIRE(loaded.has_value());
  REQUIRE(loaded->warnings.size() == 2);
  CHECK(loaded->warnings[0] ==
        "environment variable PUSHMESH_LISEN is unknown and ignored; did you mean "
        "PUSHMESH_LISTEN?");
  CHECK(loaded->warnings[1] == "environment variable PUSHMESH_COLOUR is unknown and ignored");
}

TEST_CASE("mistakes in flags are 64, in the environment 78") {
  const auto by_flag = load_config({flag("shards", "65")}, {});
  CHECK(by_flag.error().code == exit_code::usage);
  CHECK(by_flag.error().message == "--shards: expected a whole number from 0 to 64, got \"65\"");
  const auto by_variable = load_config({}, {{"PUSHMESH_SHARDS", "65"}});
  CHECK(by_variable.error().code == exit_code::configuration);
  CHECK(by_variable.error().message ==
        "PUSHMESH_SHARDS: expected a whole number from 0 to 64, got \"65\"");
}

TEST_CASE("off loopback nobody may be let in without --insecure") {
  const auto refused = load_config({flag("listen", "0.0.0.0:3000")}, {});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == exit_code::configuration);
  CHECK(refused.error().message ==
        "auth = \"none\" lets everybody in who reaches 0.0.0.0:3000; listen on a loopback address "
        "such as 127.0.0.1:3000, or add --insecure if that is meant");
  CHECK(load_config({flag("listen", "0.0.0.0:3000"), flag("insecure", "true")}, {}).has_value());
}

TEST_CASE("settings that do not fit together are refused") {
  CHECK(load_config({flag("memory-limit", "64MiB"), flag("outbound-budget", "65MiB")}, {})
            .error()
            .message ==
        "limits.outbound_budget (65MiB) is larger than limits.memory_limit (64MiB)");
  CHECK(load_config({flag("internal-listen", "127.0.0.1:3000")}, {}).error().message ==
        "listen and internal_listen are both 127.0.0.1:3000; they need different ports");
  CHECK(load_config({flag("listen", "127.0.0.1:0"), flag("internal-listen", "127.0.0.1:0")}, {})
            .has_value());
}

TEST_CASE("the HTTP API needs keys off loopback, and files with some") {
  const auto with = [](const char* listen, const std::string& keys,
                       const char* insecure = "false") {
    return load_config(
        {flag("internal-listen", listen), flag("api-key-file", keys), flag("insecure", insecure)},
        {});
  };
  const scratch_file good("a-key\n");
  const scratch_file bad("a-key all\n");
  CHECK(with("127.0.0.1:9100", "").has_value());
  CHECK(with("[::1]:9100", "").has_value());
  CHECK(with("0.0.0.0:9100", good.name()).has_value());
  CHECK(with("0.0.0.0:9100", "", "true").has_value());
  CHECK(with("0.0.0.0:9100", "").error().code == exit_code::configuration);
  CHECK(with("0.0.0.0:9100", "")
            .error()
            .message.starts_with(
                "without keys everybody who reaches 0.0.0.0:9100 could use the HTTP API"));
  CHECK(with("127.0.0.1:9100", bad.name()).error().message ==
        "api_key_file: " + bad.name() +
            ": line 1: unknown scope \"all\"; there are push, read and admin");
  CHECK(with("127.0.0.1:9100", "/nowhere/keys").error().message ==
        "api_key_file: /nowhere/keys: No such file or directory");
}

TEST_CASE("a URL with a password is shown nowhere") {
  const auto wrong = error_of("redis = \"redis://:hunter2@host:port\"\n");
  CHECK(wrong.find("redis in FILE line 1: expected redis://") == 0);
  CHECK(wrong.find("hunter2") == std::string::npos);
  const scratch_file file("redis = \"redis://:hunter2@host\"\nredis_key = \"k\"\n");
  const auto loaded = load_config({flag("config", file.name())}, {});
  REQUIRE(loaded.has_value());
  CHECK(loaded->settings.server.redis == "redis://:hunter2@host");
  CHECK(loaded->settings.server.redis_key == "k");
  const auto page = effective_settings(*loaded);
  CHECK(page.find("hunter2") == std::string::npos);
  CHECK(page.find("redis = \"(not shown)\"") != std::string::npos);
}

TEST_CASE("the events of the push service have a section of their own below it") {
  const scratch_file file("[push]\nauth_timeout = \"5s\"\n[push.events]\nlogin = \"signin\"\n");
  const auto loaded =
      load_config({flag("config", file.name())}, {{"PUSHMESH_EVENT_REPEAT", "kick"}});
  REQUIRE(loaded.has_value());
  CHECK(loaded->settings.push.auth_timeout == 5s);
  CHECK(loaded->settings.push.events.login == "signin");
  CHECK(loaded->settings.push.events.repeat == "kick");
  CHECK(effective_settings(*loaded).find("\n[push.events]\nlogin = \"signin\"  # " + file.name() +
                                         " line 4\n") != std::string::npos);
  CHECK(error_of("[push.event]\nlogin = \"x\"\n") ==
        "unknown section [push.event] in FILE line 1; did you mean [push.events]?");
  CHECK(error_of("[push.events]\nlogon = \"x\"\n") ==
        "unknown key \"logon\" in FILE line 2; did you mean \"login\"?");
  CHECK(error_of("[push.events]\nlogin = \"disconnect\"\n") ==
        "push.events.login in FILE line 2: expected up to 64 characters, no name that Socket.IO "
        "reserves, got \"disconnect\"");
  CHECK(error_of("[push.events]\nlogin = \"logout\"\n") ==
        "push.events: two events are called \"logout\"");
  CHECK(error_of("auth = \"none\"\n") ==
        "unknown key \"auth\" in FILE line 1; it belongs in [push]");
}

TEST_CASE("auth by tokens needs keys that can be used") {
  const auto refused = load_config({flag("auth", "jwt")}, {});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == exit_code::configuration);
  CHECK(refused.error().message ==
        "push.auth = \"jwt\" needs push.jwt_key_files (--jwt-key-file): the keys of tokens");
  const scratch_file empty("\n"), secret("a secret\n");
  const auto with_keys = [](const std::string& auth, const std::string& files) {
    return load_config({flag("auth", auth), flag("listen", "0.0.0.0:3000")},
                       {{"PUSHMESH_JWT_KEY_FILE", files}});
  };
  CHECK(with_keys("jwt", secret.name())->settings.push.jwt_key_files == std::vector{secret.name()});
  CHECK(with_keys("jwt", secret.name() + "," + empty.name()).error().message ==
        "key file " + empty.name() + ": it is empty");
  CHECK(with_keys("jwt", empty.name() + ".no").error().message ==
        "key file " + empty.name() + ".no: it cannot be read: No such file or directory");
  std::string many = secret.name();
  for (int i = 0; i < 16; ++i) many += "," + secret.name();
  CHECK(with_keys("jwt", many).error().message == "push.jwt_key_files: 17 files; at most 16");
  CHECK(load_config({}, {{"PUSHMESH_JWT_KEY_FILE", secret.name()}}).error().message ==
        "push.jwt_key_files are given, but push.auth is \"none\": no token would be asked for; add "
        "--auth jwt");
}
