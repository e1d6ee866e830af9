#include "net/transport/session_request.hpp"

#include <algorithm>
#include <utility>

#include "net/protocol/engineio_request.hpp"
#include "net/transport/http_session.hpp"
#include "net/transport/io_loop.hpp"
#include "net/transport/polling_hub.hpp"
#include "net/transport/relay/session_relay.hpp"

namespace pushmesh::net {
namespace {

const session_key& sid_of(const session_request& request) {
  return std::visit([](auto& r) -> const session_key& { return r.sid; }, request);
}

bool wants_answer(polling_request::kind what) noexcept {
  using enum polling_request::kind;
  return what == get || what == post || what == other;
}

// A request on its way to another loop. A stream that does not arrive is closed.
struct hand_over final : loop_task {
  explicit hand_over(session_request&& r) : request(std::move(r)) {}
  void run(io_loop& there) override {
    if (auto* upgrade = std::get_if<session_upgrade>(&request)) upgrade->stream->arrived(there);
    there.polling().take(std::move(request));
  }
  session_request request;
};

}  // namespace

std::optional<session_key> to_session_key(std::string_view sid) noexcept {
  session_key key;
  if (sid.size() != key.size()) return std::nullopt;
  std::copy(sid.begin(), sid.end(), key.begin());
  return key;
}

void route(io_loop& here, session_request request) {
  const auto& hooks = here.hooks();
  auto* const home = hooks.home_of_session ? hooks.home_of_session(view(sid_of(request))) : &here;
  if (home == &here) return here.polling().take(std::move(request));
  if (!home) {
    auto remote = hooks.remote_home ? hooks.remote_home(view(sid_of(request))) : session_home{};
    if (remote.link) return here.relay().forward(remote, std::move(request));
    return refuse(here, std::move(request), errc::session_unknown);
  }
  if (auto* upgrade = std::get_if<session_upgrade>(&request)) upgrade->stream->move_to(*home);
  home->post(std::make_unique<hand_over>(std::move(request)));
}

void refuse(io_loop& here, session_request request, errc why) {
  if (auto* upgrade = std::get_if<session_upgrade>(&request))
    return http_session::refuse_upgrade(here, std::move(upgrade->stream), why);
  const auto& polling = std::get<polling_request>(request);
  if (!wants_answer(polling.what)) return;
  auto refusal = refusal_of(why);
  answer(here, polling.from, {refusal.status, "application/json", std::move(refusal.body)});
}

}  // namespace pushmesh::net
