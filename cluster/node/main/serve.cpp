#include "cluster/node/main/serve.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "cluster/node/config/value_text.hpp"
#include "cluster/node/config/version.hpp"
#include "cluster/node/demo/demo.hpp"
#include "cluster/node/http/api/api_access.hpp"
#include "cluster/node/http/api/api_routes.hpp"
#include "cluster/node/http/api/api_service.hpp"
#include "cluster/node/http/api/api_worker.hpp"
#include "cluster/node/http/api/node_routes.hpp"
#include "cluster/node/http/internal_http.hpp"
#include "cluster/node/http/metrics.hpp"
#include "cluster/node/log/node_log.hpp"
#include "cluster/node/main/messages.hpp"
#include "cluster/node/main/settings.hpp"
#include "cluster/node/main/stop_signals.hpp"
#include "cluster/node/server.hpp"
#include "cluster/push/push_service.hpp"
#include "net/auth/jwt_key.hpp"

namespace pushmesh::program {
namespace {

constexpr int info = static_cast<int>(config::log_level::info);
constexpr int warn = static_cast<int>(config::log_level::warn);
constexpr int error = static_cast<int>(config::log_level::error);

// The host as it was asked for, the port as it became.
std::string address(const std::string& asked, std::uint16_t port) {
  return asked.substr(0, asked.rfind(':') + 1) + std::to_string(port);
}

// Who may use the HTTP API. Off loopback nobody may without keys, whatever --insecure says.
http::api_access::terms api_terms(const config::node_config& settings) {
  using enum http::api_access::without_keys;
  return {settings.api_key_file, settings.rate_per_key,
          config::is_loopback(settings.server.internal_listen) ? open : closed};
}

// One run of `serve`: the server and what is hung on its listeners.
class node {
 public:
  node(config::node_config settings, std::optional<net::jwt_verifier> verifier, log::writer log,
       std::shared_ptr<http::api_access> access)
      : settings_(std::move(settings)),
        log_(std::move(log)),
        access_(std::move(access)),
        push_(settings_.push, std::move(verifier), log_),
        internal_([this] { return metrics(); }, [this] { return server_->health(); }, api()) {
    auto options = settings_.server;
    options.actors.log = log_;
    options.cluster.insecure = settings_.insecure;
    options.transport.origins.push_back("self");  // an empty list would let all pages in
    options.internal_http = internal_.service();
    if (settings_.demo) options.http = demo::page_handler(options.transport.path);
    server_ = std::make_unique<server>(std::move(options));
    for (const auto& name : settings_.namespaces) server_->of(name);
    if (settings_.demo) demo::add_handlers(server_->of("/"));
    push_.attach(server_->of(settings_.push.nsp));
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
  void reload() {
    if (settings_.server.tls.enabled()) server_->reload_certificates();
    if (settings_.api_key_file.empty()) return;
    const auto problem = access_->reload();
    problem.empty() ? log_(info, "the HTTP API has " + std::to_string(access_->keys()) + " keys")
                    : log_(error, "the keys in use stay: " + problem);
  }

  void stop(const char* why) {
    log_(info, std::string(why) + ": stopping");
    internal_.enter(http::node_phase::stopping);
    worker_.stop();
    server_->stop();
    log_(info, "stopped");
  }

 private:
  std::string metrics() const {
    return http::metrics_text(
        server_->stats(), server_->cluster(),
        {config::version(), server_->name(), server_->node_id(), server_->capacity()});
  }

  std::shared_ptr<http::api_service> api() {
    return std::make_shared<http::api_service>(
        access_,
        http::api_routes(http::node_routes([this]() -> server& { return *server_; }, worker_,
                                           settings_.server.transport.limits.max_json_depth)));
  }

  config::node_config settings_;
  log::writer log_;
  std::shared_ptr<http::api_access> access_;
  http::api_worker worker_;
  cluster::push::push_service push_;
  http::internal_http internal_;
  std::unique_ptr<server> server_;  // last: its threads use the rest
};

// What tokens are judged by; nullopt: none are taken.
tl::expected<std::optional<net::jwt_verifier>, std::string> make_verifier(
    const cluster::push::service_options& push, const log::writer& log) {
  if (push.auth != cluster::push::auth_mode::jwt) return std::nullopt;
  auto keys = net::load_jwt_keys(push.jwt_key_files);
  if (!keys) return tl::unexpected(keys.error());
  for (std::size_t i = 0; i < keys->size(); ++i)
    if ((*keys)[i].is_weak())
      log(warn, "the secret in " + push.jwt_key_files[i] +
                    " is shorter than 32 bytes: whoever has one token can guess it");
  return net::jwt_verifier(*std::move(keys), {push.jwt_audience, push.jwt_issuer, push.jwt_leeway});
}

}  // namespace

int run_serve(const CLI::App& command) {
  auto loaded = settings_of(command);
  if (!loaded) return fail(loaded.error().code, loaded.error().message);
  auto& settings = loaded->settings;
  const auto log = log::make_writer(settings.level, settings.format);
  for (const auto& warning : loaded->warnings) log(warn, warning);
  auto verifier = make_verifier(settings.push, log);
  if (!verifier) return fail(config::exit_code::configuration, verifier.error());
  using hangup = stop_signals::hangup;
  auto access = http::api_access::make(api_terms(settings));
  if (!access) return fail(config::exit_code::configuration, access.error());
  // Before any thread starts. Where there is nothing to reload a closed terminal ends us.
  const bool has_files = settings.server.tls.enabled() || !settings.api_key_file.empty();
  stop_signals signals(has_files ? hangup::reloads : hangup::ends);
  node n(std::move(settings), *std::move(verifier), log, std::move(*access));
  try {
    n.start();
  } catch (const start_error& e) {
    return fail(config::exit_code::failed, e.what());
  }
  n.stop(signals.wait([&] { n.reload(); }));
  return static_cast<int>(config::exit_code::done);
}

}  // namespace pushmesh::program
