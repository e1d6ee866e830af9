#include "cluster/link/feed_lease.hpp"

#include <functional>
#include <utility>

namespace pushmesh::cluster {

feed_lease::feed_lease(std::string own_tag, std::uint64_t seed)
    : own_tag_(std::move(own_tag)), seed_(seed) {}

void feed_lease::has_own(std::string key) {
  own_key_ = std::move(key);
}

void feed_lease::own_lost() {
  own_is_lost_ = true;
  own_is_live_ = false;
}

std::uint64_t feed_lease::own_live() {
  own_is_lost_ = false;
  own_is_live_ = true;
  return number_;
}

std::optional<feed_lease::end> feed_lease::forget() {
  if (number_ == 0) return {};
  const end e{number_, granted_, own_is_live_};
  number_ = 0;
  link_ = 0;
  granted_ = false;
  return e;
}

void feed_lease::peer_bridges(link_id link, std::string tag, std::string key) {
  peers_[link] = {std::move(tag), std::move(key)};
}

std::optional<feed_lease::end> feed_lease::peer_stopped(link_id link) {
  peers_.erase(link);
  return link == link_ ? forget() : std::nullopt;
}

bool feed_lease::granted(link_id link, std::uint64_t number) {
  if (number_ == 0 || number != number_ || link != link_) return false;
  granted_ = true;
  return true;
}

std::optional<feed_lease::end> feed_lease::handed_over(link_id link, std::uint64_t number,
                                                       time_point now) {
  if (number_ == 0 || number != number_ || link != link_) return {};
  not_before_ = now + pause;
  return forget();
}

feed_lease::orders feed_lease::give_up(std::uint64_t number) {
  if (number_ == 0 || number != number_) return {};
  orders all{{link_, number_, false}};
  if (const auto found = peers_.find(link_); found != peers_.end()) found->second.unfit = true;
  forget();
  return all;
}

/// The peer that did not answer least often; of these the one that a hash of both tags says.
link_id feed_lease::best() const {
  link_id found = 0;
  std::pair<unsigned, std::size_t> least;
  for (const auto& [link, p] : peers_) {
    if (p.unfit || (own_key_ && *own_key_ != p.key)) continue;
    const std::pair rank(p.failures, std::hash<std::string>{}(own_tag_ + p.tag));
    if (found != 0 && rank >= least) continue;
    found = link;
    least = rank;
  }
  return found;
}

feed_lease::orders feed_lease::tick(time_point now) {
  orders all;
  if (number_ != 0 && !granted_ && !own_is_live_ && now >= deadline_) {
    all.push_back({link_, number_, false});
    if (const auto found = peers_.find(link_); found != peers_.end()) ++found->second.failures;
    forget();
  }
  if (number_ != 0 || !wanted() || now < not_before_) return all;
  const auto link = best();
  if (link == 0) return all;
  link_ = link;
  // Never 0, and unlike the numbers of this node's other starts.
  number_ = (++seed_ == 0 ? ++seed_ : seed_);
  deadline_ = now + grant_patience;
  all.push_back({link_, number_, true});
  return all;
}

}  // namespace pushmesh::cluster
