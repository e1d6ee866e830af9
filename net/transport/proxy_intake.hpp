#pragma once

#include <memory>
#include <string>

#include "net/transport/byte_stream.hpp"
#include "net/transport/listener_role.hpp"

namespace pushmesh::net {

class io_loop;

/// Begins to serve a client: TLS where the listener has it, then HTTP. `address` is the client's.
void serve_client(io_loop& loop, std::shared_ptr<const listener_role> role, byte_stream::socket s,
                  std::string address);

/// Reads the PROXY header (version 2) with which a proxy announces its client, under the request
/// deadline and not a byte beyond, then serves that client. Anything else closes the descriptor.
void read_proxy_header(io_loop& loop, std::shared_ptr<const listener_role> role,
                       byte_stream::socket s, std::string proxy);

}  // namespace pushmesh::net
