#pragma once

#include "cluster/push/store/receipt_table.hpp"
#include "cluster/push/store/user_change.hpp"

namespace pushmesh::cluster::push {

/// Receipts follow from what happens to queues: notes those of one change of a user's record.
/// Whole records (user_record::whole()) are not for this: they tell nothing new.
void note_receipts(receipt_table& to, const user_id& user, const user_change& change);

}  // namespace pushmesh::cluster::push
