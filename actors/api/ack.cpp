#include "actors/api/ack.hpp"

#include "actors/api_state.hpp"
#include "actors/local_sockets.hpp"
#include "actors/node_core.hpp"
#include "net/protocol/json_scanner.hpp"

namespace pushmesh {

bool ack::send(payload args) const {
  if (!state_) return false;
  const auto core = state_->core.lock();
  auto* const home = core ? core->shard_of(state_->socket) : nullptr;
  if (!home || state_->used.exchange(true)) return false;
  auto answer = [core = core.get(), home, s = state_, args = std::move(args)] {
    auto* const m = core->sockets_of(*home).find(s->socket);
    if (m) m->deliver(core->frames().ack(m->nsp().name(), s->ack_id, args));
  };
  if (home->here()) {
    answer();
    return true;
  }
  return home->post(std::move(answer));
}

std::string_view ack_reply::raw(std::size_t index) const {
  std::vector<std::string_view> elements;
  const auto array = "[" + args.json + "]";
  if (!net::scan_json(array, array.size(), &elements) || index >= elements.size()) return "null";
  // The views point into the copy with brackets; the same bytes stand one further left in args.
  const auto offset = static_cast<std::size_t>(elements[index].data() - array.data()) - 1;
  return std::string_view(args.json).substr(offset, elements[index].size());
}

}  // namespace pushmesh
