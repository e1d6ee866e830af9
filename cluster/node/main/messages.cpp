#include "cluster/node/main/messages.hpp"

#include <iostream>

namespace pushmesh::program {

int fail(config::exit_code code, std::string_view message) {
  std::cerr << "pushmesh: " << message << '\n';
  return static_cast<int>(code);
}

void say(std::string_view line) {
  std::cout << line << std::endl;
}

}  // namespace pushmesh::program
