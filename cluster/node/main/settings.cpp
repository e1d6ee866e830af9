#include "cluster/node/main/settings.hpp"

#include "cluster/node/config/flags.hpp"

namespace pushmesh::program {

tl::expected<config::loaded_config, config::config_error> settings_of(const CLI::App& command) {
  const auto flags = config::given_flags(command);
  if (!flags) return tl::unexpected(config::config_error{config::exit_code::usage, flags.error()});
  return config::load_config(*flags, config::read_environment());
}

}  // namespace pushmesh::program
