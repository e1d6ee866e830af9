#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "actors/recovery/session_home.hpp"

namespace pushmesh::actors {

/// The packets that a session brought along when it came from elsewhere: those before all that
/// stands in the ring from session::first on. Kept until the client has got them for certain. Its
/// bytes are part of a total that it is made with, and that outlives it.
class session_backlog {
 public:
  session_backlog(std::size_t& total, std::vector<missed_packet> packets, std::size_t frame_bytes);
  ~session_backlog() { total_ -= bytes_; }
  session_backlog(const session_backlog&) = delete;

  const std::vector<missed_packet>& packets() const noexcept { return packets_; }
  /// How many of them a client has whose last packet had this offset; nullopt: it is not here.
  std::optional<std::size_t> up_to(std::uint64_t offset) const;

 private:
  std::size_t& total_;
  std::vector<missed_packet> packets_;
  std::size_t bytes_;
};

}  // namespace pushmesh::actors
