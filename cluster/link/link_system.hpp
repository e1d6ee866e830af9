#pragma once

#include <caf/fwd.hpp>
#include <chrono>
#include <functional>

#include "cluster/link/certificate_check.hpp"
#include "cluster/link/peer_identity.hpp"

namespace pushmesh::cluster {

/// Tells CAF how to run links, before the actor_system is made: its network layer with heartbeats
/// (only they drop dead routes), TLS if there are certificates, a random node id. For certificates
/// that do not pass check_certificates() CAF throws later.
void configure_links(caf::actor_system_config& config, const certificate_files& files);

/// Whether the system runs links as configured: CAF ignores an option of the wrong type silently.
bool heartbeats_are_on(const caf::actor_system& system);

/// For a program that starts now. Throws start_error when the kernel gives no random numbers.
incarnation_id new_incarnation();

/// Runs `end`, which releases the last reference to an actor_system, on a thread of its own, and
/// waits for it. CAF dials with a blocking connect(), which the kernel may give up only after
/// minutes: no reason for the operator to wait. False: that was so, and the system is left behind
/// with what `end` holds besides. To be called by the thread that made the system.
bool end_in_time(std::function<void()> end, std::chrono::milliseconds longest);

}  // namespace pushmesh::cluster
