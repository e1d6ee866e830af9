#include "cluster/node/bench/bench_cli.hpp"

#include <charconv>
#include <functional>
#include <string>

#include <CLI/CLI.hpp>

#include "cluster/node/config/value_text.hpp"

namespace pushmesh::bench {
namespace {

using std::chrono::milliseconds;

// Adds an option whose text `parse` turns into an optional value; `form` is said when it cannot.
template <class T, class Parse>
void add(CLI::App& command, const char* name, T& value, Parse parse, const char* placeholder,
         const std::string& form, const std::string& help) {
  const CLI::callback_t take = [&value, parse, name, form](const CLI::results_t& given) {
    const auto parsed = parse(given.back());
    if (!parsed) throw CLI::ValidationError(name, "expected " + form + ", got " + given.back());
    value = *parsed;
    return true;
  };
  command.add_option(name, take, help)->type_name(placeholder)->take_last();
}

void add_time(CLI::App& command, const char* name, milliseconds& value, const std::string& help) {
  const auto shown = value.count() == 0 ? "none" : config::format_duration(value);
  add(command, name, value, config::parse_duration, "TIME", "a time such as 500ms, 10s or 0",
      help + " [" + shown + "]");
}

void add_size(CLI::App& command, const char* name, std::uint64_t& value, const std::string& help) {
  add(command, name, value, config::parse_size, "SIZE", "a size such as 1024 or 1KiB",
      help + " [" + config::format_size(value) + "]");
}

// `10%` or `0.1`.
std::optional<double> parse_share(const std::string& text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{}) return std::nullopt;
  if (at == end) return value;
  if (*at == '%' && at + 1 == end) return value / 100;
  return std::nullopt;
}

template <class T>
void add_number(CLI::App& command, const char* name, T& value, const std::string& help) {
  command.add_option(name, value, help)->type_name("N")->capture_default_str();
}

void add_list(CLI::App& command, const char* name, std::vector<std::string>& value,
              const char* placeholder, const std::string& help) {
  command.add_option(name, value, help)
      ->type_name(placeholder)
      ->delimiter(',')
      ->allow_extra_args(false);
}

void define_connecting(CLI::App& command, bench_options& o) {
  add_list(command, "--url", o.urls, "HOST:PORT,..",
           "Servers; connections are dealt to them in turn [" + o.urls.front() + "]");
  command.add_option("--path", o.path, "Path of the Engine.IO endpoint")->capture_default_str();
  command.add_option("--namespace", o.nsp, "Namespace the clients join")->capture_default_str();
  add_number(command, "--connections", o.connections, "Clients to connect");
  add_number(command, "--rate", o.rate, "Connects per second; 0 is as fast as the server answers");
  add_number(command, "--in-flight", o.in_flight, "Handshakes under way at once");
  add_time(command, "--connect-timeout", o.connect_timeout, "A slower handshake has failed");
  add_number(command, "--processes", o.processes,
             "Client processes; 0 is as few as the descriptors allow");
  add_list(command, "--source", o.sources, "ADDRESS,..",
           "Addresses to connect from [127.0.1.x towards loopback]");
  command.add_flag("--reconnect", o.reconnect, "Connect again a second after a failure or a drop");
}

void define_load(CLI::App& command, bench_options& o) {
  add_time(command, "--duration", o.duration,
           "How long to measure once all have connected; 0 is until SIGINT");
  add_time(command, "--broadcast-every", o.broadcast_every,
           "Time between stamped broadcasts, which a control connection emits as `broadcast`");
  command
      .add_option("--publish-url", o.publish_url,
                  "POST the broadcasts there instead, as [\"bench\",stamp,seq,padding]")
      ->type_name("HOST:PORT/PATH");
  add_size(command, "--size", o.size, "Padding of a broadcast");
  add_number(command, "--echo-rate", o.echo_rate, "Ack round trips of event `echo` per second");
  add_number(command, "--join", o.join, "Rooms; each client emits `join` for one of them");
  add(command, "--stall", o.stall, parse_share, "SHARE", "a share such as 10% or 0.1",
      "Share of the clients that never read once connected [none]");
}

}  // namespace

void define_bench_options(CLI::App& command, bench_options& options) {
  define_connecting(command, options);
  define_load(command, options);
  command.add_flag("--json", options.json, "Report as one JSON object");
  command.add_flag("--quiet", options.quiet, "No progress on standard error");
}

}  // namespace pushmesh::bench
