#include "cluster/node/config/version.hpp"

namespace pushmesh::config {

std::string_view version() noexcept {
  return PUSHMESH_VERSION;
}

}  // namespace pushmesh::config
