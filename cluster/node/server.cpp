#include "cluster/node/server.hpp"

#include <stdexcept>
#include <utility>

#include "actors/shard.hpp"
#include "cluster/node/handle_lookup.hpp"
#include "cluster/node/server_impl.hpp"

namespace pushmesh {

server::server(server_options options) : impl_(std::make_unique<impl>(std::move(options))) {}
server::~server() {
  stop();
  impl_->core->namespaces().forget_handlers();
}

nsp& server::of(std::string_view name) {
  return impl_->core->namespaces().declare(name).facade();
}

nsp& server::of_matching(const std::regex& pattern, std::string_view label) {
  return of_matching(
      [pattern](std::string_view name) {
        return std::regex_match(name.begin(), name.end(), pattern);
      },
      label);
}

nsp& server::of_matching(std::function<bool(std::string_view)> accepts, std::string_view label) {
  impl_->core->check_not_frozen("of_matching");
  return impl_->core->namespaces().declare_pattern(std::move(accepts), label).facade();
}

void server::on_engineio(std::string_view path, engineio_handlers handlers) {
  impl_->core->check_not_frozen("on_engineio");
  impl_->engineio_paths.emplace_back(path, std::move(handlers));
}

void server::start() {
  impl_->start();
}
void server::run(const std::function<void()>& when_listening) {
  impl_->serve_until_signal(when_listening);
}

void server::stop() {
  impl_->request_stop();
  // On a shard's own thread waiting for the shard would never end: run() does the rest.
  if (!actors::shard::current()) impl_->stop();
}

std::string server::reload_certificates() {
  return impl_->reload_certificates();
}

std::uint16_t server::port() const noexcept {
  return impl_->port;
}
std::uint16_t server::internal_port() const noexcept {
  return impl_->internal_port;
}
std::string_view server::node_id() const noexcept {
  const auto& tag = impl_->core->tag();
  return {tag.data(), tag.size()};
}
const server_options& server::options() const noexcept {
  return impl_->options;
}
std::string_view server::name() const noexcept {
  return impl_->core->name();
}
std::string server::cluster_address() const {
  return impl_->links ? impl_->links->address() : std::string();
}
std::vector<peer_status> server::peers() const {
  return impl_->links ? impl_->links->peers() : std::vector<peer_status>();
}
std::optional<cluster_stats> server::cluster() const {
  return impl_->links ? std::optional(impl_->links->stats()) : std::nullopt;
}
std::optional<target> server::find_namespace(std::string_view name) const {
  const auto space = impl_->core->namespaces().find(name);
  return space ? std::optional(space->facade().all()) : std::nullopt;
}
void server::find_socket(const socket_id& id, std::function<void(lookup_result)> done,
                         std::chrono::milliseconds timeout) const {
  impl_->core->routes().lookup(id, timeout, std::move(done));
}
void server::find_handle(const socket_id& id, std::function<void(found_handle)> done,
                         std::chrono::milliseconds timeout) const {
  cluster::find_handle(*impl_->core, impl_->links.get(), id, std::move(done), timeout);
}
caf::actor_system& server::actor_system() const {
  if (auto* const system = impl_->system()) return *system;
  throw std::logic_error("actor_system: the server does not run");
}
server_stats server::stats() const {
  return impl_->stats();
}
std::vector<component_health> server::health() const {
  return impl_->health();
}
std::size_t server::capacity() const noexcept {
  return impl_->capacity;
}

}  // namespace pushmesh
