#include "actors/server_events.hpp"

#include <exception>
#include <string>

#include "actors/api/server_event.hpp"
#include "actors/namespace_state.hpp"
#include "actors/node_core.hpp"
#include "net/protocol/json_scanner.hpp"

namespace pushmesh {

server_event::server_event(std::shared_ptr<actors::server_event_message> message)
    : message_(std::move(message)) {
  if (message_->args.json.empty()) return;
  array_ = "[" + message_->args.json + "]";
  if (!net::scan_json(array_, array_.size(), &elements_)) elements_.clear();
}

std::string_view server_event::name() const noexcept {
  return message_->name;
}
std::string_view server_event::from() const noexcept {
  return message_->from;
}
raw_args server_event::args() const noexcept {
  return {message_->args.json, message_->args.attachments};
}
bool server_event::wants_ack() const noexcept {
  return static_cast<bool>(message_->reply);
}

bool server_event::answer(payload args) const {
  if (!message_->reply || message_->answered.exchange(true)) return false;
  message_->reply(std::move(args));
  return true;
}

server_ack server_event::take_ack() const {
  return server_ack(message_);
}

bool server_ack::send(payload args) const {
  if (!message_ || !message_->reply || message_->answered.exchange(true)) return false;
  message_->reply(std::move(args));
  return true;
}

namespace actors {

void run_server_event(node_core& core, const std::shared_ptr<server_event_message>& message) {
  server_event e(message);
  const auto space = core.namespaces().find(message->nsp);
  const auto* const table = space ? &space->handlers().server_side : nullptr;
  const auto found = table ? table->find(message->name) : decltype(table->find("")){};
  if (!table || found == table->end()) {
    e.ack();
    return;
  }
  try {
    found->second(e);
  } catch (const std::exception& error) {
    core.log(log_level::error,
             "handler of the server-side event \"" + message->name + "\" failed: " + error.what());
  } catch (...) {
    core.log(log_level::error, "handler of the server-side event \"" + message->name +
                                   "\" failed: unknown exception");
  }
}

}  // namespace actors
}  // namespace pushmesh
