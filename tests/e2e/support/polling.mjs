// Long-polling by hand.

export async function httpStatus(url, options) {
  const answer = await fetch(url, options);
  await answer.arrayBuffer();
  return answer.status;
}

/// A session that was opened and nothing more: get() resolves to the body of the next poll, post()
/// to the body of the answer.
export async function pollingClient(server, { eio = 4 } = {}) {
  const base = `${server.url}/socket.io/?EIO=${eio}&transport=polling`;
  const opened = await (await fetch(base)).text();
  const [, sid] = opened.match(/"sid":"([^"]+)"/);
  const url = `${base}&sid=${sid}`;
  return {
    sid,
    url,
    get: async () => (await fetch(url)).text(),
    post: async (body) => (await fetch(url, { method: "POST", body, headers: { "Content-Type": "text/plain" } })).text(),
  };
}
