#include "cluster/node/main/serve.hpp"

#include <memory>
#include <string>
#include <utility>

#include "cluster/node/config/version.hpp"
#include "cluster/node/demo/demo.hpp"
#include "cluster/node/http/internal_http.hpp"
#include "cluster/node/http/metrics.hpp"
#include "cluster/node/log/node_log.hpp"
#include "cluster/node/main/messages.hpp"
#include "cluster/node/main/settings.hpp"
#include "cluster/node/main/stop_signals.hpp"
#include "cluster/node/server.hpp"

namespace pushmesh::program {
namespace {

constexpr int info = static_cast<int>(config::log_level::info);
constexpr int warn = static_cast<int>(config::log_level::warn);

// The host as it was asked for, the port as it became.
std::string address(const std::string& asked, std::uint16_t port) {
  return asked.substr(0, asked.rfind(':') + 1) + std::to_string(port);
}

// One run of `serve`: the server and what is hung on its listeners.
class node {
 public:
  node(config::node_config settings, log::writer log)
      : settings_(std::move(settings)),
        log_(std::move(log)),
        internal_([this] { return metrics(); }, [this] { return server_->health(); }) {
    auto options = settings_.server;
    options.actors.log = log_;
    options.cluster.insecure = settings_.insecure;
    options.transport.origins.push_back("self");  // an empty list would let all pages in
    options.internal_http = [this](const auto& request) { return internal_.answer(request); };
    if (settings_.demo) options.http = demo::page_handler(options.transport.path);
    server_ = std::make_unique<server>(std::move(options));
    for (const auto& name : settings_.namespaces) server_->of(name);
    if (settings_.demo) demo::add_handlers(server_->of("/"));
  }

  void start() {
    server_->start();
    internal_.enter(http::node_phase::serving);
    const auto& asked = settings_.server;
    const auto public_address = address(asked.listen, server_->port());
    if (!asked.internal_listen.empty())
      say("internal listener on " + address(asked.internal_listen, server_->internal_port()));
    if (settings_.demo)
      say("demo page at " + std::string(asked.tls.enabled() ? "https" : "http") + "://" +
          public_address + "/");
    say("listening on " + public_address);
  }

  // What is wrong with the files is in the log; the node goes on with what it had.
  void reload() { server_->reload_certificates(); }

  void stop(const char* why) {
    log_(info, std::string(why) + ": stopping");
    internal_.enter(http::node_phase::stopping);
    server_->stop();
    log_(info, "stopped");
  }

 private:
  std::string metrics() const {
    return http::metrics_text(
        server_->stats(), server_->cluster(),
        {config::version(), server_->name(), server_->node_id(), server_->capacity()});
  }

  config::node_config settings_;
  log::writer log_;
  http::internal_http internal_;
  std::unique_ptr<server> server_;  // last: its threads use the rest
};

}  // namespace

int run_serve(const CLI::App& command) {
  auto loaded = settings_of(command);
  if (!loaded) return fail(loaded.error().code, loaded.error().message);
  auto& settings = loaded->settings;
  const auto log = log::make_writer(settings.level, settings.format);
  for (const auto& warning : loaded->warnings) log(warn, warning);
  using hangup = stop_signals::hangup;
  // Before any thread starts. Without TLS there is nothing to reload: a closed terminal ends us.
  stop_signals signals(settings.server.tls.enabled() ? hangup::reloads : hangup::ends);
  node n(std::move(settings), log);
  try {
    n.start();
  } catch (const start_error& e) {
    return fail(config::exit_code::failed, e.what());
  }
  n.stop(signals.wait([&] { n.reload(); }));
  return static_cast<int>(config::exit_code::done);
}

}  // namespace pushmesh::program
