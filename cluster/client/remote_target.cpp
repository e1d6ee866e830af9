#include "cluster/client/remote_target.hpp"

#include <chrono>
#include <utility>

#include "actors/address.hpp"
#include "cluster/client/client_core.hpp"
#include "cluster/client/encoded_call.hpp"
#include "cluster/link/wire_address.hpp"
#include "net/protocol/socketio_codec.hpp"

namespace pushmesh {

using cluster::client_core;
using cluster::encoded;
namespace wire = cluster::wire_v1;

namespace {

using shared_core = std::shared_ptr<client_core>;

/// An order that is done once the node has routed it. `item` may be empty: then it is refused.
template <class ItemsOf>
client_call<emit_result> order(shared_core core, bool is_volatile, ItemsOf items_of) {
  return client_call<emit_result>([=](const auto& terms, auto done) {
    core->launch<emit_result>(std::move(done),
                              terms.timeout.value_or(core->options().answer_within), is_volatile,
                              items_of);
  });
}

}  // namespace

remote_target::remote_target(shared_core core, actors::address to)
    : core_(std::move(core)), to_(std::make_shared<actors::address>(std::move(to))) {}
remote_target::remote_target(const remote_target&) = default;
remote_target::remote_target(remote_target&&) noexcept = default;
remote_target& remote_target::operator=(remote_target o) noexcept {
  std::swap(core_, o.core_);
  std::swap(to_, o.to_);
  return *this;
}
remote_target::~remote_target() = default;

remote_target remote_target::to(std::string_view room) const {
  return to(std::vector<std::string>{std::string(room)});
}

remote_target remote_target::to(const std::vector<std::string>& rooms) const {
  auto a = *to_;
  a.everybody = false;
  a.rooms.insert(a.rooms.end(), rooms.begin(), rooms.end());
  return {core_, std::move(a)};
}

remote_target remote_target::except(std::string_view room) const {
  return except(std::vector<std::string>{std::string(room)});
}

remote_target remote_target::except(const std::vector<std::string>& rooms) const {
  auto a = *to_;
  a.except.insert(a.except.end(), rooms.begin(), rooms.end());
  return {core_, std::move(a)};
}

remote_target remote_target::volatile_() const {
  auto a = *to_;
  a.is_volatile = true;
  return {core_, std::move(a)};
}

client_call<emit_result> remote_target::emit_json(std::string_view event, payload args) const {
  return order(
      core_, to_->is_volatile,
      [to = to_, event = std::string(event), args = std::move(args)](std::uint64_t id) {
        if (net::is_reserved_event(event)) return std::vector<std::string>();
        return encoded(
            wire::emit{cluster::on_wire(*to), event, args.json, {}, cluster::blobs_of(args)},
            wire::sync{{id}});
      });
}

client_call<ack_result> remote_target::emit_json_with_ack(std::string_view event,
                                                          payload args) const {
  return client_call<ack_result>([core = core_, to = to_, event = std::string(event),
                                  args = std::move(args)](const auto& terms, auto done) {
    const auto timeout = terms.timeout.value_or(ack_terms().timeout);
    core->template launch<ack_result>(
        std::move(done), timeout + core->options().answer_within, false, [&](std::uint64_t id) {
          if (net::is_reserved_event(event)) return std::vector<std::string>();
          const wire::ack_request ask{{id}, timeout, terms.until_first_loss};
          return encoded(
              wire::emit{cluster::on_wire(*to), event, args.json, ask, cluster::blobs_of(args)});
        });
  });
}

client_call<fetch_result> remote_target::fetch_sockets() const {
  return client_call<fetch_result>([core = core_, to = to_](const auto& terms, auto done) {
    core->template launch<fetch_result>(
        std::move(done), terms.timeout.value_or(core->options().answer_within), false,
        [&](std::uint64_t id) {
          return encoded(wire::fetch_request{{id}, cluster::on_wire(*to)});
        });
  });
}

client_call<emit_result> remote_target::sockets_join(const std::vector<std::string>& rooms) const {
  return order(core_, false, [to = to_, rooms](std::uint64_t id) {
    return encoded(wire::rooms_join{cluster::on_wire(*to), rooms}, wire::sync{{id}});
  });
}

client_call<emit_result> remote_target::sockets_leave(const std::vector<std::string>& rooms) const {
  return order(core_, false, [to = to_, rooms](std::uint64_t id) {
    return encoded(wire::rooms_leave{cluster::on_wire(*to), rooms}, wire::sync{{id}});
  });
}

client_call<emit_result> remote_target::disconnect_sockets(bool close) const {
  return order(core_, false, [to = to_, close](std::uint64_t id) {
    return encoded(wire::disconnect{cluster::on_wire(*to), close}, wire::sync{{id}});
  });
}

}  // namespace pushmesh
