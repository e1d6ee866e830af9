#include "cluster/client/client.hpp"

#include <unistd.h>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <chrono>
#include <csignal>
#include <memory>
#include <mutex>
#include <utility>

#include "actors/address.hpp"
#include "actors/id_source.hpp"
#include "cluster/client/client_core.hpp"
#include "cluster/client/encoded_call.hpp"
#include "cluster/host_port.hpp"
#include "cluster/link/certificate_check.hpp"
#include "cluster/link/gateway.hpp"
#include "cluster/link/link_system.hpp"
#include "cluster/link/tls_failures.hpp"
#include "cluster/link/wire_address.hpp"
#include "net/protocol/socketio_codec.hpp"

namespace pushmesh {

using cluster::client_core;
using cluster::encoded;
using cluster::gateway;
namespace wire = cluster::wire_v1;

namespace {

/// How long stop() waits for the goodbye to be on its way.
constexpr auto longest_goodbye = std::chrono::milliseconds(500);

cluster::certificate_files files_of(const client_options& o) {
  return {o.cert, o.key, o.ca};
}

/// Throws start_error for what can never work.
void check(const client_options& o) {
  if (o.nodes.empty()) throw start_error("no address of a node is given");
  for (const auto& n : o.nodes)
    if (!host_port::parse(n)) throw start_error("\"" + n + "\" is not HOST:PORT");
  const auto verdict = cluster::judge_client_security(
      o.nodes, files_of(o),
      o.insecure ? cluster::strangers::accepted : cluster::strangers::kept_out);
  if (verdict.what == cluster::link_security::refused) throw start_error(verdict.sentence);
  if (verdict.what != cluster::link_security::mutual_tls) return;
  const auto problems = cluster::check_certificates(files_of(o), std::chrono::system_clock::now());
  if (!problems.empty()) throw start_error(problems.front());
}

std::string own_name() {
  char host[256] = {};
  if (::gethostname(host, sizeof host - 1) != 0) host[0] = '\0';
  return std::string(host) + ":" + std::to_string(::getpid());
}

struct caf_config : caf::actor_system_config {
  explicit caf_config(const client_options& o) {
    add_message_types<caf::id_block::pushmesh_actors>();
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", 1);
    set("scheduler.max-throughput", 100);
    cluster::configure_links(*this, files_of(o));
  }
};

}  // namespace

class client::impl {
 public:
  explicit impl(client_options o)
      : core(std::make_shared<client_core>(std::move(o))),
        config_(std::make_shared<caf_config>(core->options())),
        system_(std::make_shared<caf::actor_system>(*config_)) {
    std::signal(SIGPIPE, SIG_IGN);
    if (!core->options().cert.empty())
      tls_failures_ = std::make_unique<cluster::tls_failures>(
          [core = core.get()](const std::string& line) { core->log(2, line); });
    if (!cluster::heartbeats_are_on(*system_))
      throw start_error("CAF did not take its heartbeat options");
    std::lock_guard lock(mutex_);
    gateway_ = make_gateway();
  }
  void stop();

  const std::shared_ptr<client_core> core;

 private:
  caf::actor make_gateway();
  void start_again();

  std::unique_ptr<cluster::tls_failures> tls_failures_;
  std::shared_ptr<caf_config> config_;
  std::shared_ptr<caf::actor_system> system_;
  std::mutex mutex_;  // of what follows
  caf::actor gateway_;
  bool stopped_ = false;
};

caf::actor client::impl::make_gateway() {
  const auto& options = core->options();
  cluster::gateway_setup setup;
  setup.own.name = options.name.empty() ? own_name() : options.name;
  setup.own.incarnation = cluster::new_incarnation();
  setup.own.tag = actors::make_node_tag();
  setup.own.cluster = options.cluster;
  setup.own.role = cluster::peer_role::client;
  setup.peers = options.nodes;
  setup.tls = !options.cert.empty();
  setup.services = core;
  setup.view = std::make_shared<cluster::gateway_view>();
  setup.log = [core = core.get()](int level, const std::string& line) { core->log(level, line); };
  setup.on_restart = [this](const std::string&) { start_again(); };
  return system_->spawn<gateway, caf::hidden>(std::move(setup));
}

/// Somebody else drew the same tag: another gateway draws another one. On the old one's thread.
void client::impl::start_again() {
  std::lock_guard lock(mutex_);
  if (stopped_) return;
  caf::anon_send(gateway_, cluster::gateway_stop{});
  gateway_ = make_gateway();
}

void client::impl::stop() {
  caf::actor last;
  {
    std::lock_guard lock(mutex_);
    if (std::exchange(stopped_, true)) return;
    last = std::exchange(gateway_, nullptr);
  }
  {
    caf::scoped_actor self{*system_};
    self->request(last, longest_goodbye, cluster::gateway_leave{})
        .receive([] {}, [](const caf::error&) {});
    self->send(last, cluster::gateway_stop{});
    self->wait_for(last);
  }
  last = nullptr;
  core->stop();
  cluster::end_in_time([system = std::exchange(system_, {}), config = config_,
                        core = core]() mutable { system.reset(); },
                       longest_goodbye);
}

client::client(client_options options) {
  check(options);
  impl_ = std::make_unique<impl>(std::move(options));
}

client::~client() {
  stop();
}

void client::stop() {
  impl_->stop();
}

std::string client::node() const {
  return impl_->core->node();
}

remote_target client::of(std::string_view nsp) const {
  actors::address to;
  to.nsp = nsp.starts_with('/') ? std::string(nsp) : "/" + std::string(nsp);
  return {impl_->core, std::move(to)};
}

client_call<lookup_result> client::find_socket(const socket_id& id) const {
  return client_call<lookup_result>([core = impl_->core, id](const auto& terms, auto done) {
    core->template launch<lookup_result>(std::move(done),
                                         terms.timeout.value_or(core->options().answer_within),
                                         false, [&](std::uint64_t call) {
                                           return encoded(wire::lookup_request{{call}, id});
                                         });
  });
}

client_call<std::vector<node_info>> client::nodes() const {
  return client_call<std::vector<node_info>>([core = impl_->core](const auto& terms, auto done) {
    core->template launch<std::vector<node_info>>(
        std::move(done), terms.timeout.value_or(core->options().answer_within), false,
        [](std::uint64_t call) { return encoded(wire::nodes_request{{call}}); });
  });
}

client_call<emit_result> client::server_side_emit_json(std::string_view nsp, std::string_view event,
                                                       payload args) const {
  return client_call<emit_result>([core = impl_->core, nsp = std::string(nsp),
                                   event = std::string(event),
                                   args = std::move(args)](const auto& terms, auto done) {
    core->template launch<emit_result>(
        std::move(done), terms.timeout.value_or(core->options().answer_within), false,
        [&](std::uint64_t call) {
          return encoded(wire::server_emit{nsp, event, args.json, {}, cluster::blobs_of(args)},
                         wire::sync{{call}});
        });
  });
}

client_call<server_reply_result> client::server_side_emit_json_with_ack(std::string_view nsp,
                                                                        std::string_view event,
                                                                        payload args) const {
  return client_call<server_reply_result>([core = impl_->core, nsp = std::string(nsp),
                                           event = std::string(event),
                                           args = std::move(args)](const auto& terms, auto done) {
    const auto timeout = terms.timeout.value_or(ack_terms().timeout);
    core->template launch<server_reply_result>(
        std::move(done), timeout + core->options().answer_within, false, [&](std::uint64_t call) {
          const wire::ack_request ask{{call}, timeout, false};
          return encoded(wire::server_emit{nsp, event, args.json, ask, cluster::blobs_of(args)});
        });
  });
}

}  // namespace pushmesh
