#pragma once

#include <string_view>

#include "actors/api/nsp.hpp"
#include "net/transport/http_message.hpp"

namespace pushmesh::demo {

/// The chat of the demo page, for any Socket.IO client:
///
/// | event | arguments | ack | what happens |
/// | --- | --- | --- | --- |
/// | `join` | room | `"ok"` | |
/// | `leave` | room | `"ok"` | |
/// | `say` | room, text | `"ok"` | everybody in the room, or in the namespace when room is "", gets
/// `said` with room, id of the sender, text | | `echo` | any | the same | | | `time` | | Unix time
/// in ms | |
void add_handlers(nsp& chat);

/// Answers with the page at `/`, which connects to the Socket.IO endpoint at `path`; 404 elsewhere.
net::http_handler page_handler(std::string_view path);

}  // namespace pushmesh::demo
