#include "cluster/push/store/stored_messages.hpp"

#include <unordered_map>
#include <utility>

namespace pushmesh::cluster::push {

namespace {

/// The message, its two control blocks, its place in the table.
constexpr std::size_t overhead = 320;

}  // namespace

struct stored_messages::table {
  const std::size_t max_bytes;
  std::size_t bytes = 0;
  std::unordered_map<message_id, std::weak_ptr<const stored_message>> messages;
};

stored_messages::stored_messages(std::size_t max_bytes)
    : table_(std::make_shared<table>(table{max_bytes, 0, {}})) {}

std::size_t stored_messages::cost(const stored_message& m) noexcept {
  return overhead + 2 * m.id.text.size() + m.event.size() + m.args.size();
}

tl::expected<message_ref, store_errc> stored_messages::put(stored_message m) {
  if (auto there = find(m.id)) return there;
  const auto size = cost(m);
  if (table_->bytes >= table_->max_bytes || size > table_->max_bytes - table_->bytes)
    return tl::make_unexpected(store_errc::full);
  return keep(std::move(m));
}

message_ref stored_messages::keep(stored_message m) {
  if (auto there = find(m.id)) return there;
  const auto size = cost(m);
  const auto give_back = [table = table_, size](const stored_message* gone) {
    table->bytes -= size;
    table->messages.erase(gone->id);
    delete gone;
  };
  message_ref ref(new stored_message(std::move(m)), give_back);
  table_->bytes += size;
  table_->messages.emplace(ref->id, ref);
  return ref;
}

message_ref stored_messages::find(const message_id& id) const {
  const auto found = table_->messages.find(id);
  return found == table_->messages.end() ? nullptr : found->second.lock();
}

std::size_t stored_messages::size() const noexcept {
  return table_->messages.size();
}
std::size_t stored_messages::bytes() const noexcept {
  return table_->bytes;
}

}  // namespace pushmesh::cluster::push
