// Chromium without a window, driven over its DevTools protocol.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import WebSocket from "ws";
import { within } from "./waiting.mjs";

/// Generous: a cold browser on a loaded machine.
const deadline = 60000;
const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--no-proxy-server", "--disable-extensions",
  "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage", "--remote-debugging-port=0"];

/// The address the browser prints.
function devtools(child) {
  let text = "";
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`chromium ended with ${code}:\n${text}`)));
    child.stderr.setEncoding("utf8").on("data", (chunk) => {
      text = (text + chunk).slice(-100_000);
      const found = /^DevTools listening on (ws:\S+)/m.exec(text);
      if (found) resolve(found[1]);
    });
  });
}

/// One page of one browser: goto(), evaluate(); `errors` are what the page complained of.
export async function startBrowser() {
  const profile = mkdtempSync(join(tmpdir(), "pushmesh-chromium-"));
  // A group of its own: the browser is many processes, and all must have ended before its folder goes.
  const options = { stdio: ["ignore", "ignore", "pipe"], detached: true };
  const child = spawn("chromium", [...flags, `--user-data-dir=${profile}`, "about:blank"], options);
  const exited = once(child, "close"); // the last process that has its stderr is gone
  const killAll = () => {
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // none is left
    }
  };
  process.once("exit", killAll);
  const browser = {
    errors: [],
    async stop() {
      killAll();
      await within(deadline, "chromium's end", exited);
      process.off("exit", killAll);
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
  try {
    await within(deadline, "chromium", openPage(browser, await within(deadline, "chromium", devtools(child))));
  } catch (error) {
    await browser.stop();
    throw error;
  }
  return browser;
}

async function openPage(browser, address) {
  const ws = new WebSocket(address, { perMessageDeflate: false });
  await once(ws, "open");
  const calls = new Map();
  const events = new Map(); // name -> those who wait
  let last = 0;
  ws.on("message", (data) => {
    const { id, result, error, method, params } = JSON.parse(data);
    if (id !== undefined) {
      const { resolve, reject } = calls.get(id);
      calls.delete(id);
      return error ? reject(new Error(error.message)) : resolve(result);
    }
    if (method === "Runtime.exceptionThrown") browser.errors.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
    for (const resolve of events.get(method)?.splice(0) ?? []) resolve(params);
  });
  ws.on("close", () => calls.forEach(({ reject }) => reject(new Error("chromium is gone"))));
  const call = (method, params = {}, sessionId = undefined) => within(deadline, method, new Promise((resolve, reject) => {
    calls.set(++last, { resolve, reject });
    ws.send(JSON.stringify({ id: last, method, params, sessionId }));
  }));
  const event = (name) => within(deadline, name, new Promise((resolve) => events.set(name, [...(events.get(name) ?? []), resolve])));

  const { targetId } = await call("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await call("Target.attachToTarget", { targetId, flatten: true });
  for (const domain of ["Page", "Runtime"]) await call(`${domain}.enable`, {}, sessionId);
  browser.goto = async (url) => {
    const loaded = event("Page.loadEventFired");
    const { errorText } = await call("Page.navigate", { url }, sessionId);
    if (errorText) throw new Error(`${url}: ${errorText}`);
    await loaded;
  };
  /// What the expression gives, or its promise; must be JSON.
  browser.evaluate = async (expression) => {
    const options = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await call("Runtime.evaluate", options, sessionId);
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
}
