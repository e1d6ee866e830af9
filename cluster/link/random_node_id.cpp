#include "cluster/link/random_node_id.hpp"

#include <sys/random.h>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/node_id.hpp>
#include <cerrno>
#include <cstdint>
#include <system_error>

namespace pushmesh::cluster {

namespace {

/// CAF 0.17 has no option for this, but modules are initialised in the order of their slots, and
/// that of the network manager comes behind the middleman's, which sets the id.
class random_node_id final : public caf::actor_system::module {
 public:
  explicit random_node_id(caf::actor_system& system) : system_(system) {}
  void start() override {}
  void stop() override {}
  id_t id() const override { return network_manager; }
  void* subtype_ptr() override { return this; }

  void init(caf::actor_system_config&) override {
    std::uint32_t process = 0;
    caf::node_id::default_data::host_id_type host;
    fill(&process, sizeof process);
    fill(host.data(), host.size());
    const_cast<caf::node_id&>(system_.node()) = caf::make_node_id(process | 1u, host);
  }

 private:
  static void fill(void* out, std::size_t size) {
    if (::getrandom(out, size, 0) != static_cast<ssize_t>(size))
      throw std::system_error(errno, std::system_category(), "getrandom");
  }
  caf::actor_system& system_;
};

}  // namespace

void use_random_node_id(caf::actor_system_config& config) {
  config.module_factories.emplace_back([](caf::actor_system& system) -> caf::actor_system::module* {
    return new random_node_id(system);  // CAF owns it
  });
}

}  // namespace pushmesh::cluster
