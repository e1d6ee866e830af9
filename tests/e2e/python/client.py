#!/usr/bin/python3
"""The core rows of the conformance app with python3-socketio. Prints a line per check, `ok NAME` or
`not ok NAME: why`, and exits with 1 when one failed. Usage: client.py URL"""
import asyncio
import sys

import socketio

PATIENCE = 15
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


class Client:
    """One socket of one connection, with what arrived on it."""

    def __init__(self, url, nsp="/", auth=None):
        self.url, self.nsp, self.auth = url, nsp, auth
        self.sio = socketio.AsyncClient(reconnection=False)
        self.arrived = {}
        for name in ["auth", "message-back", "hello", "connect", "disconnect", "connect_error"]:
            self.sio.on(name, self.keeper(name), namespace=nsp)

    def queue(self, name):
        return self.arrived.setdefault(name, asyncio.Queue())

    def keeper(self, name):
        async def keep(*args):
            self.queue(name).put_nowait(args)
        return keep

    async def next(self, name):
        return await asyncio.wait_for(self.queue(name).get(), PATIENCE)

    async def __aenter__(self):
        await self.sio.connect(self.url, transports=["websocket"], namespaces=[self.nsp], auth=self.auth,
                               wait_timeout=PATIENCE)
        await self.next("auth")
        return self

    async def __aexit__(self, *_):
        await self.sio.disconnect()

    @property
    def id(self):
        return self.sio.get_sid(self.nsp)

    async def emit(self, event, *args):
        await self.sio.emit(event, args, namespace=self.nsp)

    async def ask(self, event, *args):
        return await self.sio.call(event, args, namespace=self.nsp, timeout=PATIENCE)


def same(got, wanted):
    if got != wanted:
        raise AssertionError(f"got {got!r}, wanted {wanted!r}")


@check
async def message_comes_back(url):
    async with Client(url) as c:
        await c.emit("message", 1, "ü😀\u2028", {"a": [None, True]}, 1.5)
        same(await c.next("message-back"), (1, "ü😀\u2028", {"a": [None, True]}, 1.5))


@check
async def acks_carry_all_arguments(url):
    async with Client(url) as c:
        same(await c.ask("message-with-ack", 1, [2], {"x": 3}), (1, [2], {"x": 3}))
        same(await c.ask("echo", "one"), "one")


@check
async def binary_goes_both_ways(url):
    async with Client(url) as c:
        await c.emit("message", b"\x00\xff", {"deep": [b"x" * 70000, "text"]})
        same(await c.next("message-back"), (b"\x00\xff", {"deep": [b"x" * 70000, "text"]}))
        same(await c.ask("echo", b"\x01"), b"\x01")
        c.sio.on("question", lambda value: (value, b"two"), namespace="/")
        same(await c.ask("ask-me", b"one"), [b"one", b"two"])


@check
async def the_server_asks(url):
    async with Client(url) as c:
        c.sio.on("question", lambda value: (value, "and more"), namespace="/")
        same(await c.ask("ask-me", "q"), ["q", "and more"])


@check
async def auth_is_emitted_on_connection(url):
    c = Client(url, auth={"who": "python"})
    await c.sio.connect(url, transports=["websocket"], namespaces=["/"], auth=c.auth, wait_timeout=PATIENCE)
    same(await c.next("auth"), ({"who": "python"},))
    await c.sio.disconnect()


@check
async def middleware_refuses_with_data(url):
    c = Client(url, "/auth", {"token": "wrong"})
    try:
        await c.sio.connect(url, transports=["websocket"], namespaces=["/auth"], auth=c.auth, wait_timeout=1)
        raise AssertionError("connected with a wrong token")
    except socketio.exceptions.ConnectionError:
        pass
    same(await c.next("connect_error"), ({"message": "not authorized", "data": {"code": 401}},))
    async with Client(url, "/auth", {"token": "secret"}) as good:
        same(await good.ask("echo", 1), 1)


@check
async def unknown_namespaces_are_invalid(url):
    c = Client(url, "/unknown")
    try:
        await c.sio.connect(url, transports=["websocket"], namespaces=["/unknown"], wait_timeout=1)
        raise AssertionError("connected to an unknown namespace")
    except socketio.exceptions.ConnectionError:
        pass
    same(await c.next("connect_error"), ({"message": "Invalid namespace"},))


@check
async def dynamic_namespaces(url):
    async with Client(url, "/dyn-77") as c:
        same((await c.ask("whoami"))["nsp"], "/dyn-77")


@check
async def many_namespaces_over_one_connection(url):
    names = ["/", "/custom", "/dyn-5", "/dyn-6"]
    sio = socketio.AsyncClient(reconnection=False)
    await sio.connect(url, transports=["websocket"], namespaces=names, wait_timeout=PATIENCE)
    for name in names:
        me = await sio.call("whoami", namespace=name, timeout=PATIENCE)
        same((me["nsp"], me["id"], me["eio"]), (name, sio.get_sid(name), 4))
    await sio.disconnect()


@check
async def rooms_and_emits(url):
    async with Client(url) as a, Client(url) as b:
        same(await b.ask("join", "python room"), "ok")
        same(sorted(await b.ask("rooms")), sorted([b.id, "python room"]))
        same(await a.ask("emit-to", "python room", "hello", 1), "ok")
        same(await b.next("hello"), (1,))
        same(await a.ask("emit-except", ["python room", a.id], [b.id], "hello", 2), "ok")
        same(await a.next("hello"), (2,))
        same(await a.ask("broadcast", "hello", 3), "ok")
        same(await b.next("hello"), (3,))
        same(await a.ask("fetch", b.id), [{"id": b.id, "rooms": await b.ask("rooms")}])
        same(await b.ask("leave", "python room"), "ok")
        same(await b.ask("rooms"), [b.id])


@check
async def rooms_answer(url):
    async with Client(url) as a, Client(url) as b:
        for c in (a, b):
            await c.ask("join", "python asked")
            c.sio.on("question", lambda value: value + 1, namespace="/")
        same(await a.ask("ask-room", "python asked", 3000, 1), {"ok": True, "replies": [2, 2]})


@check
async def kick_and_disconnects(url):
    async with Client(url) as a, Client(url) as b, Client(url) as c:
        same(await a.ask("kick", b.id), "ok")
        await b.next("disconnect")
        await c.emit("drop-me")
        await c.next("disconnect")
        await a.emit("disconnect-me")
        await a.next("disconnect")


@check
async def large_messages(url):
    async with Client(url) as c:
        large = "x" * 900 * 1024
        same(await c.ask("echo", large) == large, True)


@check
async def many_events_stay_in_order(url):
    async with Client(url) as c:
        for n in range(500):
            await c.emit("message", n)
        for n in range(500):
            same(await c.next("message-back"), (n,))


async def main(url):
    failed = 0
    for function in CHECKS:
        name = function.__name__.replace("_", " ")
        try:
            await asyncio.wait_for(function(url), 4 * PATIENCE)
            print(f"ok {name}", flush=True)
        except Exception as error:  # every failure is a line of the report
            failed += 1
            print(f"not ok {name}: {error!r}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1])))
