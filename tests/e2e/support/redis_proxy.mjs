// A unix socket in front of a Redis, which can be cut for one node while the others keep theirs.
import { connect, createServer } from "node:net";

export async function startProxy(redis, path = `${redis.socket}.proxy`) {
  const open = new Set();
  let server;
  const proxy = {
    url: `unix://${path}`,
    async restore() {
      server = createServer((near) => {
        const far = connect(redis.socket);
        for (const [one, other] of [[near, far], [far, near]]) {
          open.add(one);
          one.on("error", () => {}).on("close", () => (open.delete(one), other.destroy()));
          one.pipe(other);
        }
      });
      await new Promise((resolve) => server.listen(path, resolve));
    },
    /// Its connections end, new ones are refused.
    cut() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
  await proxy.restore();
  return proxy;
}
