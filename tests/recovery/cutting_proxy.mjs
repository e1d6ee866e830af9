// A TCP proxy between clients and nodes that takes connections away as networks do: cut() resets both
// sides; freeze() passes nothing on any more and tells neither side.
import { connect, createServer } from "node:net";

/// Listens on loopback; `pick()` says which port a new connection goes to. Resolves to {port, ...}.
export async function cuttingProxy(pick) {
  const pairs = new Map(); // by the client's port
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ host: "127.0.0.1", port: pick(), noDelay: true });
    const { remotePort } = near;
    pairs.set(remotePort, { near, far });
    for (const [one, other] of [[near, far], [far, near]]) {
      one.on("error", () => {});
      one.on("close", () => (other.destroy(), pairs.delete(remotePort)));
      one.pipe(other);
    }
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));

  /// The connections of a socket.io-client, by the ports of their near ends.
  const all = () => [...pairs.values()];
  return {
    port: server.address().port,
    url: `http://127.0.0.1:${server.address().port}`,
    /// The connection of a socket.io-client that uses WebSocket.
    of: (socket) => pairs.get(socket.io.engine.transport.ws._socket.localPort),
    all,
    cut({ near, far }) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    },
    freeze({ near, far }) {
      near.unpipe(far);
      far.unpipe(near);
      far.removeAllListeners("close");
      near.removeAllListeners("close");
      near.destroy();
      return () => far.destroy();
    },
    close() {
      server.close();
      all().forEach(({ near, far }) => (near.destroy(), far.destroy()));
    },
  };
}
