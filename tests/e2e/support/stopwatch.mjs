// Times that are promised, measured on a machine that others use, too.
import { readFileSync, readdirSync } from "node:fs";

/// Of each thread of a process, the milliseconds it was ready to run and had no processor (proc(5), schedstat).
/// What ended meanwhile keeps what `all` has of it.
function readWaits(pid, all) {
  const read = (step) => {
    try {
      return step();
    } catch (error) {
      if (error.code !== "ENOENT" && error.code !== "ESRCH") throw error;
    }
  };
  for (const thread of read(() => readdirSync(`/proc/${pid}/task`)) ?? []) {
    const text = read(() => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8"));
    if (text) all.set(thread, Number(text.split(" ")[1]) / 1e6);
  }
  return all;
}

/// Begins to measure. The result gives the milliseconds since, less those in which we or the processes
/// `pids` waited for a processor: a promise is about what they do with the time they get. The thread counts
/// that waited longest: waits of several may be at the same time. Read it once.
export function stopwatch(...pids) {
  const all = [process.pid, ...pids].filter(Boolean).map((pid) => ({ pid, before: readWaits(pid, new Map()), now: new Map() }));
  const sample = () => all.forEach(({ pid, now }) => readWaits(pid, now));
  const sampling = setInterval(sample, 100).unref(); // for those that end
  const began = performance.now();
  return () => {
    const took = performance.now() - began;
    clearInterval(sampling);
    sample();
    const waited = ({ before, now }) => Math.max(0, ...[...now].map(([thread, total]) => total - (before.get(thread) ?? 0)));
    return took - Math.max(...all.map(waited));
  };
}
