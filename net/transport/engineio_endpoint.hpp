#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/protocol/engineio_request.hpp"
#include "net/protocol/errc.hpp"
#include "net/transport/handshake.hpp"
#include "net/transport/http_head.hpp"
#include "net/transport/http_message.hpp"
#include "net/transport/options.hpp"

namespace pushmesh::net {

/// What is to be done with a request on Engine.IO's path.
struct engineio_step {
  enum class action : std::uint8_t {
    refuse,       ///< answer `why`, one of refusal_of()'s errors
    preflight,    ///< a browser asks whether a page may send its request (CORS)
    open,         ///< a new session over the transport of `request`
    ask_session,  ///< the session of `request.sid` answers
    upgrade       ///< a WebSocket for the session of `request.sid`
  };
  action what;
  errc why{};
  engineio_request request{};
};
engineio_step judge_engineio(const http_head& request, const transport_options& options);

/// Whether a browser page of this origin may talk to us; no origin always may. `host` is the Host
/// header of the request.
bool origin_allowed(std::string_view origin, const transport_options& options,
                    std::string_view host = {}) noexcept;

/// The answer to a refused request that did not ask for an upgrade: JSON, with the CORS header the
/// page needs to read it when origins are configured.
http_response engineio_refusal_response(errc e, const http_head& request,
                                        const transport_options& options);

/// The headers that let a page of another origin read an answer; none without `origins`, and none
/// for pages that may not.
std::vector<std::pair<std::string, std::string>> cors_headers(const http_head& request,
                                                              const transport_options& options);

/// The answer to a preflight request (Fetch Standard, "CORS-preflight request").
http_response preflight_response(const http_head& request, const transport_options& options);

/// Who sent a request, as the descriptor it came over tells.
struct request_origin {
  std::string_view address;   ///< the client's IP address, textual
  bool secure = false;        ///< over TLS
  std::string certificate{};  ///< subject of the client's certificate; empty: none
};

/// What the application will know of the request that opened its session.
handshake make_handshake(const http_head& request, const request_origin& origin,
                         const transport_options& options);

}  // namespace pushmesh::net
