#pragma once

#include <cstdint>
#include <memory>

namespace pushmesh::net {

class session_link;
using session_link_ref = std::shared_ptr<session_link>;

/// Where a session of another node lives.
struct session_home {
  session_link_ref link{};  ///< null: nobody has it
  std::uint16_t loop = 0;   ///< of that node
};

}  // namespace pushmesh::net
