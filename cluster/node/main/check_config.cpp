#include "cluster/node/main/check_config.hpp"

#include <iostream>

#include "cluster/node/config/config_pages.hpp"
#include "cluster/node/main/messages.hpp"
#include "cluster/node/main/settings.hpp"

namespace pushmesh::program {

int run_check_config(const CLI::App& command, bool markdown) {
  if (markdown) {
    std::cout << config::configuration_page();
    return static_cast<int>(config::exit_code::done);
  }
  const auto loaded = settings_of(command);
  if (!loaded) return fail(loaded.error().code, loaded.error().message);
  for (const auto& warning : loaded->warnings) std::cerr << "pushmesh: " << warning << '\n';
  std::cout << config::effective_settings(*loaded);
  return static_cast<int>(config::exit_code::done);
}

}  // namespace pushmesh::program
