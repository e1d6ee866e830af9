#include "actors/api/event.hpp"

#include "actors/api_state.hpp"
#include "actors/joined_text.hpp"
#include "actors/local_sockets.hpp"
#include "actors/node_core.hpp"
#include "actors/socket_actor.hpp"

namespace pushmesh {

raw_args event::args(std::size_t first) const noexcept {
  return {actors::joined_text(elements_, first + 1), attachments_};
}

bool event::answer(payload args) {
  if (taken_) return taken_.send(std::move(args));
  if (answered_ || !from_.present()) return false;
  answered_ = true;
  const auto& frames = from_.owner().sockets().core().frames();
  from_.deliver(frames.ack(from_.nsp().name(), ack_id_, args));
  return true;
}

ack event::take_ack() {
  if (wants_ack() && !answered_ && !taken_)
    taken_.state_ = std::make_shared<pushmesh::ack::state>(
        from_.owner().sockets().core().weak_from_this(), from_.id(), ack_id_);
  return taken_;
}

void event::throw_missing(std::size_t index) const {
  throw argument_error("argument " + std::to_string(index) + " of \"" + std::string(name_) +
                       "\" is missing");
}

void event::throw_wrong(std::size_t index, const char* why) const {
  throw argument_error("argument " + std::to_string(index) + " of \"" + std::string(name_) +
                       "\": " + why);
}

}  // namespace pushmesh
