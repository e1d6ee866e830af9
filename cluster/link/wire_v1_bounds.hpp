#pragma once

#include <cstddef>

/// What version 1 allows. Both ends check all of it: an item that was encoded can be decoded.
namespace pushmesh::cluster::wire_v1 {

/// An item as it stands in a batch, kind and length included. Longer ones are cut into parts.
inline constexpr std::size_t max_item = 256 * 1024;
/// An item joined from parts: some payloads of the largest size that servers commonly accept. One
/// per class can be under way, so three times this per link.
inline constexpr std::size_t max_joined = 32 * 1024 * 1024;
/// Lists in answers are cut here, so that others get in between.
inline constexpr std::size_t batch_target = 64 * 1024;
/// A batch at most.
inline constexpr std::size_t max_batch = max_item + batch_target;
/// Bytes one side may send before the other has returned some: enough for 32 ms of a 1 Gbit/s
/// link, and what a stuck receiver holds at most.
inline constexpr std::size_t credit_window = 4 * 1024 * 1024;

/// Rooms, namespaces, events, users, addresses and header values, in bytes.
inline constexpr std::size_t max_name = 64 * 1024;
/// Cluster, node and listen address, in bytes.
inline constexpr std::size_t max_identity_text = 1024;
/// A reason in words, in bytes.
inline constexpr std::size_t max_sentence = 4096;
/// Elements of `rooms` and of `except`. Larger audiences are better off as a room.
inline constexpr std::size_t max_rooms = 65'536;
/// Addresses in a gossip, nodes in an answer: as many peers as a node can have.
inline constexpr std::size_t max_known_peers = 1024;
/// Attachments of one event or answer.
inline constexpr std::size_t max_attachments = 4096;
/// States that a record of the session store remembers.
inline constexpr std::size_t max_store_past = 32;
/// Kept request headers of one socket.
inline constexpr std::size_t max_headers = 1024;
/// Elements of any other list; senders cut earlier because of max_joined.
inline constexpr std::size_t max_elements = 4 * 1024 * 1024;

}  // namespace pushmesh::cluster::wire_v1
