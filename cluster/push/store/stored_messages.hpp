#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "cluster/push/store/store_errc.hpp"
#include "cluster/push/store/store_ids.hpp"

namespace pushmesh::cluster::push {

/// A message as it is kept. Never changed.
struct stored_message {
  message_id id;
  std::string event;
  std::string args;  ///< raw JSON values joined by commas; pushes have no attachments
  store_time created;
  store_time expires;

  bool expired(store_time now) const noexcept { return expires <= now; }
};
/// One user of the message. The last one takes it with it.
using message_ref = std::shared_ptr<const stored_message>;

/// The payloads a node keeps, each once, however many queues and log entries refer to it. All refs
/// are released on the thread of the table; they may outlive it.
class stored_messages {
 public:
  explicit stored_messages(std::size_t max_bytes);

  /// The message of that id if there is one already, whatever its content; else this one.
  /// store_errc::full when there is no room.
  tl::expected<message_ref, store_errc> put(stored_message m);
  /// The same without a bound: copies of what other nodes keep, who have theirs.
  message_ref keep(stored_message m);
  /// Null: nobody refers to it (any more).
  message_ref find(const message_id& id) const;
  std::size_t size() const noexcept;
  std::size_t bytes() const noexcept;
  /// What it counts for a message: its texts and what surrounds them.
  static std::size_t cost(const stored_message& m) noexcept;

 private:
  struct table;
  const std::shared_ptr<table> table_;
};

}  // namespace pushmesh::cluster::push
