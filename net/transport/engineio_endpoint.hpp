#pragma once

#include <string_view>
#include <tl/expected.hpp>

#include "net/protocol/engineio_request.hpp"
#include "net/protocol/errc.hpp"
#include "net/transport/handshake.hpp"
#include "net/transport/http_head.hpp"
#include "net/transport/http_message.hpp"
#include "net/transport/options.hpp"

namespace pushmesh::net {

/// Whether a request on Engine.IO's path may open a session, and which. Errors are those of
/// refusal_of().
tl::expected<engineio_request, errc> admit_engineio(const http_head& request,
                                                    const transport_options& options);

/// Whether a browser page of this origin may talk to us; no origin always may. `host` is the Host
/// header of the request.
bool origin_allowed(std::string_view origin, const transport_options& options,
                    std::string_view host = {}) noexcept;

/// The answer to a refused request that did not ask for an upgrade: JSON, with the CORS header the
/// page needs to read it when origins are configured.
http_response engineio_refusal_response(errc e, const http_head& request,
                                        const transport_options& options);

/// What the application will know of the request that opened its session.
handshake make_handshake(const http_head& request, std::string_view address,
                         const transport_options& options);

}  // namespace pushmesh::net
