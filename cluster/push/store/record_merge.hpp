#pragma once

#include <functional>
#include <vector>

#include "cluster/push/store/store_epoch.hpp"
#include "cluster/push/store/user_record.hpp"

namespace pushmesh::cluster::push {

/// A user's record as somebody has it.
struct known_record {
  record_head head;
  user_record record;
};

/// What becomes of the records that a claim found.
struct merged_record {
  record_head head;  ///< at the claim's epoch, version 1
  user_record record;
};

/// Makes one record of all, in whatever order they came. Old copies count for nothing. Of records
/// of two sides of a partition the one with the higher state gives the tags and its queue, behind
/// which stands what only the others have, unless `settled` says that the user acknowledged it;
/// devices log in again in the order of their logins; who loses is told when its node confirms it.
/// `online(device)`: its node is up and has the socket.
merged_record merge(const user_id& user, const store_epoch& claim, std::vector<known_record> found,
                    const device_policy& policy, const store_limits& limits,
                    const std::function<bool(const online_device&)>& online,
                    const std::function<bool(const message_id&)>& settled);

/// Logs these devices in one after the other, the longest logged in first. Who has to go is
/// appended to `losers`; of two with one socket the later one counts.
std::vector<online_device> log_in_again(std::vector<online_device> devices,
                                        const device_policy& policy, const store_limits& limits,
                                        std::vector<losing_device>& losers);

}  // namespace pushmesh::cluster::push
