#pragma once

#include <cstddef>
#include <cstring>
#include <unordered_map>
#include <utility>

#include "net/transport/connection_quota.hpp"
#include "net/transport/session_request.hpp"

namespace pushmesh::net {

class polling_connection;

/// The sessions of one loop that began with polling, by their ids. Each takes a place of the quota,
/// which all loops of the node share.
class session_table {
  struct key_hash {
    // The end of an id is random: no further mixing is needed.
    std::size_t operator()(const session_key& key) const noexcept {
      std::size_t h;
      std::memcpy(&h, key.data() + key.size() - sizeof h, sizeof h);
      return h;
    }
  };
  // Null: the session moved on to a WebSocket.
  using map = std::unordered_map<session_key, polling_connection*, key_hash>;

 public:
  /// A session's place in the table, held for as long as its id is to be known.
  class place {
   public:
    place() = default;
    place(place&& o) noexcept
        : table_(std::exchange(o.table_, nullptr)), entry_(std::exchange(o.entry_, nullptr)) {}
    place& operator=(place&& o) noexcept {
      std::swap(table_, o.table_);
      std::swap(entry_, o.entry_);
      return *this;
    }
    ~place() {
      if (!entry_) return;
      table_->map_.erase(session_key(entry_->first));
      table_->quota_.give_back();
    }
    /// The id stays taken, but does not poll any more.
    void end_polling() noexcept { entry_->second = nullptr; }

   private:
    friend class session_table;
    place(session_table& t, map::value_type& e) noexcept : table_(&t), entry_(&e) {}
    session_table* table_ = nullptr;
    map::value_type* entry_ = nullptr;
  };

  explicit session_table(connection_quota& quota) noexcept : quota_(quota) {}

  /// Takes the place that a further session needs; false when the node has no more.
  bool reserve() noexcept { return quota_.take(); }
  /// After reserve().
  place enter(const session_key& key, polling_connection& c) {
    return {*this, *map_.emplace(key, &c).first};
  }
  enum class known : std::uint8_t { no, polling, upgraded };
  std::pair<known, polling_connection*> find(const session_key& key) const noexcept {
    const auto found = map_.find(key);
    if (found == map_.end()) return {known::no, nullptr};
    return {found->second ? known::polling : known::upgraded, found->second};
  }
  std::size_t size() const noexcept { return map_.size(); }
  template <class F>
  void for_each_polling(F&& f) const {
    for (const auto& [key, c] : map_)
      if (c) f(*c);
  }

 private:
  connection_quota& quota_;
  map map_;
};

}  // namespace pushmesh::net
