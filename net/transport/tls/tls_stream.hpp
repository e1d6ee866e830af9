#pragma once

#include <memory>
#include <string>

#include "net/transport/byte_stream.hpp"

struct ssl_ctx_st;

namespace pushmesh::net {

/// A byte_stream that speaks TLS as a server. read() makes the handshake; until it is done it takes
/// no bytes to write. A plain HTTP request is answered with a 400 that says so.
std::unique_ptr<byte_stream> make_tls_stream(io_loop& loop, byte_stream::socket s,
                                             ssl_ctx_st& context);

/// The same as a client, whose handshake() is to be called until it is done. The server must show a
/// certificate for `name`, which is a name or an address.
std::unique_ptr<byte_stream> make_tls_client_stream(io_loop& loop, byte_stream::socket s,
                                                    ssl_ctx_st& context, const std::string& name);

}  // namespace pushmesh::net
