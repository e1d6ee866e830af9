#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace pushmesh::actors {

class room_table;
struct room;

/// Something that can be in rooms of one room_table. Leaves them all before it is destroyed.
class room_member {
 public:
  /// Names of the rooms it is in, in order of joining.
  std::vector<std::string> room_names() const;
  std::size_t room_count() const noexcept { return rooms_.size(); }

 protected:
  ~room_member() = default;

 private:
  friend class room_table;
  struct slot {
    room* in;
    std::uint32_t index;  // of the member in the room
  };
  std::vector<slot> rooms_;
  std::uint32_t mark_ = 0;  // walk that reached or excepted it last
};

/// Hash of strings that also takes views.
struct string_hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view s) const noexcept {
    return std::hash<std::string_view>{}(s);
  }
};

/// Rooms of one namespace on one shard: who is in which, and whom a list of rooms addresses.
/// Rooms exist while they have members. Join and leave are O(1) in the size of the room.
class room_table {
 public:
  enum class joined { already, existing_room, new_room };
  enum class left { not_member, room_remains, room_removed };

  room_table();
  ~room_table();
  joined join(room_member& m, std::string_view name);
  left leave(room_member& m, std::string_view name);
  bool has(const room_member& m, std::string_view name) const noexcept;
  /// Leaves every room; `on_removed(name)` is told of rooms that ended.
  template <class F>
  void leave_all(room_member& m, F&& on_removed) {
    while (!m.rooms_.empty()) {
      const std::string name = last_room(m);
      if (leave(m, name) == left::room_removed) on_removed(std::string_view(name));
    }
  }
  std::size_t size() const noexcept { return rooms_.size(); }
  /// Members of a room; nullptr when there is no such room.
  const std::vector<room_member*>* members(std::string_view name) const noexcept;

  /// Begins a walk; what it excepts and visits is marked with its number.
  class walk {
   public:
    explicit walk(room_table& table) noexcept : table_(table), number_(++table.walks_) {}
    void except(room_member& m) noexcept { m.mark_ = number_; }
    void except_room(std::string_view name) noexcept {
      if (auto* in = table_.members(name))
        for (auto* m : *in) m->mark_ = number_;
    }
    /// True once per member and walk, never for an excepted one.
    bool first_visit(room_member& m) noexcept {
      return m.mark_ != number_ && (m.mark_ = number_, true);
    }
    template <class F>
    void visit_room(std::string_view name, F&& visit) {
      if (auto* in = table_.members(name))
        for (auto* m : *in)
          if (first_visit(*m)) visit(*m);
    }

   private:
    room_table& table_;
    std::uint32_t number_;
  };

 private:
  static std::string last_room(const room_member& m);
  std::unordered_map<std::string, std::unique_ptr<room>, string_hash, std::equal_to<>> rooms_;
  std::uint32_t walks_ = 0;
};

}  // namespace pushmesh::actors
