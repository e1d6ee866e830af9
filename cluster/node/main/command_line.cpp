#include "cluster/node/main/command_line.hpp"

#include <cstdio>
#include <exception>
#include <functional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "cluster/node/bench/bench_cli.hpp"
#include "cluster/node/config/config_error.hpp"
#include "cluster/node/config/flags.hpp"
#include "cluster/node/config/nearest_name.hpp"
#include "cluster/node/config/version.hpp"
#include "cluster/node/main/check_config.hpp"
#include "cluster/node/main/emit_command.hpp"
#include "cluster/node/main/find_command.hpp"
#include "cluster/node/main/messages.hpp"
#include "cluster/node/main/nodes_command.hpp"
#include "cluster/node/main/serve.hpp"

namespace pushmesh::program {
namespace {

using config::exit_code;

struct command {
  CLI::App* app = nullptr;
  std::function<int()> run;
};

// A command adds itself to the program, and is run when the command line names it.
class commands {
 public:
  explicit commands(CLI::App& program) : program_(program) {
    add_serve();
    add_check_config();
    add_bench();
    add_emit();
    add_find();
    add_nodes();
  }

  std::string unknown_command() const {
    std::vector<std::string> names;
    for (const auto& c : all_) names.push_back(c.app->get_name());
    const auto extras = program_.remaining();
    if (extras.empty()) return "no command is given";
    if (extras.front().starts_with('-')) return config::unknown_argument(program_);
    return "unknown command \"" + extras.front() + "\"" + config::suggestion(extras.front(), names);
  }

  int run() const {
    for (const auto& c : all_) {
      if (!c.app->parsed()) continue;
      if (const auto problem = config::unknown_argument(*c.app); !problem.empty())
        return fail(exit_code::usage, problem);
      return c.run();
    }
    return fail(exit_code::usage, unknown_command() + "\nSee pushmesh --help.");
  }

 private:
  CLI::App* add(const char* name, const char* help) {
    auto* app = program_.add_subcommand(name, help);
    app->allow_extras();  // told with the nearest name, not by CLI11
    return app;
  }

  void add_serve() {
    auto* app = add("serve", "Starts a node and serves clients until SIGTERM or SIGINT.");
    config::define_flags(*app);
    all_.push_back({app, [app] { return run_serve(*app); }});
  }

  void add_check_config() {
    auto* app = add("check-config", "Prints the settings `serve` would use, without starting it.");
    config::define_flags(*app);
    app->add_flag("--markdown", markdown_, "Prints docs/configuration.md instead.");
    all_.push_back({app, [this, app] { return run_check_config(*app, markdown_); }});
  }

  void add_bench() {
    auto* app = add("bench", "Loads a node with many clients and measures what arrives.");
    bench::define_bench_options(*app, bench_);
    all_.push_back({app, [this] { return bench::run_bench(bench_); }});
  }

  void add_emit() {
    auto* app = add("emit", "Sends an event to clients of a cluster.");
    define_emit(*app, emit_);
    all_.push_back({app, [this] { return run_emit(emit_); }});
  }

  void add_find() {
    auto* app = add("find", "Tells where in a cluster a socket is.");
    define_find(*app, find_);
    all_.push_back({app, [this] { return run_find(find_); }});
  }

  void add_nodes() {
    auto* app = add("nodes", "Lists the nodes of a cluster.");
    define_cluster_flags(*app, nodes_);
    all_.push_back({app, [this] { return run_nodes(nodes_); }});
  }

  CLI::App& program_;
  std::vector<command> all_;
  bool markdown_ = false;
  bench::bench_options bench_;
  emit_flags emit_;
  find_flags find_;
  cluster_flags nodes_;
};

int parse_and_run(int argc, const char* const* argv) {
  CLI::App program("pushmesh: a Socket.IO message-push node", "pushmesh");
  program.set_version_flag("--version", "pushmesh " + std::string(config::version()));
  program.get_formatter()->column_width(36);
  program.allow_extras();
  program.require_subcommand(0, 1);
  commands all(program);
  try {
    program.parse(argc, argv);
  } catch (const CLI::Success& asked) {  // --help, --version
    return program.exit(asked);
  } catch (const CLI::ArgumentMismatch& e) {
    const std::string text = e.what();  // begins with the option's name and a colon
    return fail(exit_code::usage, text.substr(0, text.find(':')) + " needs a value");
  } catch (const CLI::ParseError& e) {
    return fail(exit_code::usage, e.what());
  }
  return all.run();
}

}  // namespace

int run_command_line(int argc, const char* const* argv) {
  try {
    return parse_and_run(argc, argv);
  } catch (const std::exception& e) {
    return fail(exit_code::failed, e.what());
  }
}

}  // namespace pushmesh::program
