// A balancer without sticky sessions, the plainest there is: each TCP connection goes to the next node.
import { connect, createServer } from "node:net";

/// {url, port, close()}. Clients of Node.js make a connection for each polling request.
export async function roundRobin(nodes) {
  let turn = 0;
  const sockets = new Set();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const node = nodes[turn++ % nodes.length];
    const upstream = connect({ port: node.port, host: node.host, allowHalfOpen: true });
    for (const [one, other] of [[client, upstream], [upstream, client]]) {
      sockets.add(one);
      one.setNoDelay();
      one.on("error", () => other.destroy()).on("close", () => {
        sockets.delete(one);
        other.destroySoon();
      });
      one.pipe(other);
    }
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address();
  const close = () => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  };
  return { port, url: `http://127.0.0.1:${port}`, close };
}
