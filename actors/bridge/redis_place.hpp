#pragma once

#include <memory>
#include <string>

#include "net/redis/redis_url.hpp"
#include "net/transport/tls/tls_connector.hpp"

namespace pushmesh::actors {

/// The Redis that back-ends publish through.
struct redis_place {
  net::redis::redis_url url;
  std::shared_ptr<const net::tls_connector> tls;  ///< for a URL that wants TLS
  std::string key;                                ///< first part of the channels' names
};

}  // namespace pushmesh::actors
