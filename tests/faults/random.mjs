/// Random numbers from a seed (mulberry32): the same seed gives the same run.
export class Random {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /// From 0 up to but not 1.
  unit() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /// An integer, `least` and `most` included.
  integer(least, most) {
    return least + Math.floor(this.unit() * (most - least + 1));
  }

  pick(list) {
    return list[this.integer(0, list.length - 1)];
  }

  /// A number with this mean, as the time between independent events is.
  gap(mean) {
    return -mean * Math.log(1 - this.unit());
  }
}
