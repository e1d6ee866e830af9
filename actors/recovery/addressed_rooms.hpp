#pragma once

#include <string>
#include <unordered_set>

#include "actors/address.hpp"
#include "actors/recovery/session.hpp"
#include "actors/room_table.hpp"

namespace pushmesh::actors {

/// The rooms of a socket whose client is away, its own included: whether something that is
/// addressed to rooms was for it.
class addressed_rooms {
 public:
  explicit addressed_rooms(const session& s) : rooms_(s.away->rooms.begin(), s.away->rooms.end()) {
    if (!s.away->left_own_room) rooms_.insert(s.sid.str());
  }
  bool reached_by(const address& to) const {
    for (const auto& room : to.except)
      if (rooms_.contains(room)) return false;
    if (to.everybody) return true;
    for (const auto& room : to.rooms)
      if (rooms_.contains(room)) return true;
    return false;
  }

 private:
  std::unordered_set<std::string> rooms_;
};

}  // namespace pushmesh::actors
