#pragma once

#include <chrono>
#include <cstdint>

namespace pushmesh::cluster {

struct failure_detector_options {
  /// Without progress for this long, a ping is sent, and again after each further one.
  std::chrono::milliseconds ping_interval{500};
  /// Silence after which a peer is suspected: a restarted node may take over its name.
  std::chrono::milliseconds suspect_after{1000};
  /// Silence after which a peer is down. With a tick each 200 ms at most, a frozen peer or a black
  /// hole is noticed 2.4 s after its last sign of life, which leaves 0.6 s of the promised 3 s.
  std::chrono::milliseconds down_after{2200};
  /// A tick that comes later than this after the one before tells that our own process stood
  /// still. No tick counts for more than half of it.
  std::chrono::milliseconds stall{1000};
};

/// Tells of ONE peer whether it is alive, by what comes from it and by the clock of the caller.
///
/// Progress is whatever proves that the way there and back works: a batch, returned credit, a
/// confirmation, an answer, a pong. The peer's own pings are not: behind a black hole in our
/// direction they would go on arriving while nothing of ours gets there. (Batches count, although
/// they prove only one direction: below TCP a hole in one direction stops the other, too, as no
/// acknowledgement comes back, and a pong may stand behind megabytes of batches on a slow line.)
///
/// Silence is counted in time this process was awake: when it was stopped (SIGSTOP, a suspended
/// machine, a starved thread), nobody is declared down before they were asked once more. After a
/// stop so long that the others have given us up, the link has no future: stood_still().
/// A value without a thread; used by the link's actor.
class failure_detector {
 public:
  using clock = std::chrono::steady_clock;
  enum class state : std::uint8_t { up, suspected, down };
  struct decision {
    state now = state::up;
    bool changed = false;  ///< `now` differs from the last decision's
    bool send_ping = false;
  };

  /// The link came up at `now`.
  explicit failure_detector(clock::time_point now, const failure_detector_options& options = {})
      : options_(options), last_tick_(now), last_progress_(now), last_ping_(now) {}

  /// The peer proved to be alive. Too late once it is down: a link declared down stays so.
  void progress(clock::time_point now) noexcept {
    last_progress_ = now;
    progressed_ = true;
  }

  /// To be called regularly, at least every 200 ms.
  decision tick(clock::time_point now) noexcept {
    const auto stalled = now - last_tick_ > options_.stall;
    count_silence(now, stalled);
    last_tick_ = now;

    decision d;
    const auto due = stalled || now - last_ping_ >= options_.ping_interval;
    d.now = judge();
    d.changed = d.now != state_;
    d.send_ping = d.now != state::down && silence_ >= options_.ping_interval && due;
    // After a stall the outstanding ping proves nothing: ask again at once.
    if (stalled && d.now != state::down) d.send_ping = true;
    if (d.send_ping) last_ping_ = now;
    state_ = d.now;
    return d;
  }

  state current() const noexcept { return state_; }
  /// True when this process did not run, or had no time for us, for so long that the other side
  /// has given us up. What comes now is late: the link has to end. To be asked before each tick and
  /// before anything that came is taken.
  bool stood_still(clock::time_point now) const noexcept {
    return now - last_tick_ > options_.down_after;
  }
  /// Time without progress, as counted at the last tick.
  clock::duration silence() const noexcept { return silence_; }

 private:
  void count_silence(clock::time_point now, bool stalled) noexcept {
    const auto longest_step = options_.stall / 2;
    auto step = now - (progressed_ ? last_progress_ : last_tick_);
    if (step > longest_step) step = longest_step;
    if (progressed_) {
      silence_ = step;
      forgiven_ = false;
    } else if (stalled && !forgiven_) {
      // The first stall is forgiven. Without progress since then, the next ones are not: a node
      // that stalls all the time must still be able to notice a death.
      silence_ = clock::duration::zero();
      forgiven_ = true;
    } else {
      silence_ += step;
    }
    progressed_ = false;
  }

  state judge() const noexcept {
    if (state_ == state::down || silence_ >= options_.down_after) return state::down;
    return silence_ >= options_.suspect_after ? state::suspected : state::up;
  }

  failure_detector_options options_;
  clock::time_point last_tick_;
  clock::time_point last_progress_;
  clock::time_point last_ping_;
  clock::duration silence_{};
  state state_ = state::up;
  bool progressed_ = false;
  bool forgiven_ = false;
};

}  // namespace pushmesh::cluster
