#include "cluster/push/store/user_receipts.hpp"

#include <variant>

namespace pushmesh::cluster::push {

void note_receipts(receipt_table& to, const user_id& user, const user_change& change) {
  if (const auto* const q = std::get_if<message_queued>(&change)) {
    to.note(q->message->id, {user, {}, receipt_state::stored, q->at, std::nullopt});
  } else if (const auto* const s = std::get_if<message_sent>(&change)) {
    to.note(s->id, {user,
                    {},
                    receipt_state::sent,
                    s->at,
                    s->attempts > 1 ? receipt_state::sent : receipt_state::stored});
  } else if (const auto* const r = std::get_if<message_removed>(&change)) {
    to.note(r->id, {user, r->device,
                    r->why == removal::acked ? receipt_state::acked : receipt_state::expired, r->at,
                    r->attempts > 0 ? receipt_state::sent : receipt_state::stored});
  }
}

}  // namespace pushmesh::cluster::push
