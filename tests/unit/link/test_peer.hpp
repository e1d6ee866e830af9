#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cluster/link/linked_peer.hpp"
#include "cluster/link/wire_v1.hpp"

namespace pushmesh::test {

/// A peer that is up, by a link without an actor: what is sent stays in its outbox.
inline cluster::peer_ref make_peer(cluster::link_id link, const std::string& name,
                                   const std::string& tag = "TAGTAG") {
  auto p = std::make_shared<cluster::linked_peer>();
  p->link = link;
  p->identity.name = name;
  std::copy_n(tag.begin(), p->identity.tag.size(), p->identity.tag.begin());
  p->outbox = std::make_shared<cluster::peer_outbox>([](auto) {});
  return p;
}

/// Takes out all that waits for a peer and calls `visit(item)` for each.
template <class Visit>
void read_outbox(cluster::peer_outbox& from, Visit visit) {
  while (auto batch = from.take_batch(1 << 30)) {
    cluster::wire_v1::wire_reader reader(batch->bytes);
    while (auto raw = reader.next().value()) visit(*raw);
  }
}

/// The items of one type that wait for a peer, as `read(item)` makes of them; others are dropped.
template <class Item, class Read>
auto sent_items(const cluster::peer_ref& to, Read read) {
  std::vector<decltype(read(std::declval<const Item&>()))> all;
  read_outbox(*to->outbox, [&](const cluster::wire_v1::raw_item& raw) {
    if (raw.kind == Item::kind)
      all.push_back(read(cluster::wire_v1::decode<Item>(raw.body).value()));
  });
  return all;
}

}  // namespace pushmesh::test
