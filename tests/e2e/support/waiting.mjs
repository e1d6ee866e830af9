// Waiting for events with a deadline.

/// What `promise` gives, or an error that names `what` after `ms`.
export function within(ms, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    const error = new Error(`waited ${ms} ms for ${what}`);
    timer = setTimeout(() => reject(error), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/// How long tests wait for something that should come at once. Generous: builds run beside them.
export const patience = 15000;

/// How long they wait for an end that the server has a reason for. Less than its deadlines for requests
/// (10 s) and heartbeats (6 s) of the conformance app, which would end the connection, too.
export const closing = 5000;

/// The arguments of the next `event` of an emitter.
export function next(emitter, event, ms = patience) {
  let listener;
  const came = new Promise((resolve) => {
    listener = (...args) => resolve(args);
    emitter.once(event, listener);
  });
  return within(ms, `"${event}"`, came).finally(() => emitter.off(event, listener));
}

/// A list of what arrives: `all`, and `until(n)` resolves when n are there.
export function collect(emitter, event) {
  const all = [];
  const waiting = new Set();
  emitter.on(event, (...args) => {
    all.push(args);
    for (const check of waiting) check();
  });
  const reached = (count) =>
    new Promise((resolve) => {
      const check = () => all.length >= count && (waiting.delete(check), resolve(all));
      waiting.add(check);
      check();
    });
  return { all, until: (count, ms = patience) => within(ms, `${count} "${event}"`, reached(count)) };
}
