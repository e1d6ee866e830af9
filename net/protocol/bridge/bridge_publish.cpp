#include "net/protocol/bridge/bridge_publish.hpp"

#include <utility>

#include "net/protocol/msgpack_encoder.hpp"
#include "net/protocol/msgpack_writer.hpp"

namespace pushmesh::net {
namespace {

void write_names(msgpack_writer& to, std::string_view key, std::span<const std::string> names) {
  to.text(key);
  to.array(names.size());
  for (const auto& name : names) to.text(name);
}

}  // namespace

std::string publish_channel(std::string_view key, const bridge_publish& p) {
  std::string channel(key);
  ((channel += '#') += p.nsp) += '#';
  if (p.rooms.size() == 1) (channel += p.rooms.front()) += '#';
  return channel;
}

std::string publish_head(std::string_view uid) {
  msgpack_writer to;
  to.array(3);
  to.text(uid);
  return std::move(to).take();
}

std::string encode_publish(const bridge_publish& p) {
  msgpack_writer options;
  options.map(3);
  write_names(options, "rooms", p.rooms);
  write_names(options, "except", p.except);
  options.text("flags");
  options.map(p.is_volatile ? 1 : 0);
  if (p.is_volatile) {
    options.text("volatile");
    options.boolean(true);
  }
  return publish_head(p.uid) + encode_msgpack_event(p.nsp, p.event, p.args, p.attachments, {}) +
         std::move(options).take();
}

}  // namespace pushmesh::net
