"""A contact who uses slixmpp: sends one file or receives one, and tells it in JSON lines.

The command line and the lines printed are those of every program in this folder: see README.md.

Two places of slixmpp 1.17 do not work as shipped, and are set right here without touching anything else:

- XEP_0095 registers its request handler, a coroutine, as if it were a plain function, so that no offer is ever
  answered. `answer_offers` registers it as what it is.
- XEP_0095.offer() wants its methods as the options of a form, not as names. `send` hands it those.

slixmpp has no SOCKS5 server of its own: it offers the proxies of its server and nothing else. As a receiver it takes
in-band bytestreams whenever they are offered.
"""

import argparse
import asyncio
import json
import os
import ssl
import sys
import uuid

from slixmpp import ClientXMPP
from slixmpp.exceptions import IqError, IqTimeout
from slixmpp.xmlstream.handler import CoroutineCallback
from slixmpp.xmlstream.matcher import StanzaPath

BYTESTREAMS = "http://jabber.org/protocol/bytestreams"
IBB = "http://jabber.org/protocol/ibb"
CHUNK = 65536
# A close that the other side never answers must not keep a finished transfer waiting.
CLOSE_PATIENCE = 5


def tell(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


class Contact(ClientXMPP):
    def __init__(self, options):
        super().__init__(options.jid, options.password)
        self.options = options
        for plugin in ("xep_0030", "xep_0115", "xep_0047", "xep_0065", "xep_0095", "xep_0096"):
            self.register_plugin(plugin)
        self.accept_any_certificate()
        self.answer_offers()
        self.add_event_handler("session_start", self.started)
        self.add_event_handler("failed_auth", lambda _: tell("error", reason="the password is wrong"))
        self.add_event_handler("si_request", self.offered)

    def accept_any_certificate(self):
        self.enable_direct_tls = False
        self.ssl_context.check_hostname = False
        self.ssl_context.verify_mode = ssl.CERT_NONE

    def answer_offers(self):
        self.remove_handler("SI Request")
        self.register_handler(
            CoroutineCallback("SI Request", StanzaPath("iq@type=set/si"), self.plugin["xep_0095"]._handle_request)
        )

    async def started(self, _):
        await self.get_roster()
        self.send_presence()
        tell("ready", jid=self.boundjid.full)
        if self.options.mode == "send":
            try:
                await self.send_file()
                tell("done", path=self.options.file)
            except (IqError, IqTimeout) as refusal:
                tell("error", reason=refusal.iq["error"]["condition"])
            except Exception as problem:
                tell("error", reason=repr(problem))

    # ---- sending ----

    async def send_file(self):
        sid = uuid.uuid4().hex
        answer = await self.plugin["xep_0096"].request_file_transfer(
            self.options.peer,
            sid=sid,
            name=os.path.basename(self.options.file),
            size=os.path.getsize(self.options.file),
            methods=[{"value": method} for method in self.methods()],
            timeout=None,
        )
        chosen = answer["si"]["feature_neg"]["form"].get_values()["stream-method"]
        if IBB in chosen:
            await self.send_in_band(sid)
        else:
            await self.send_by_proxy(sid)

    def methods(self):
        wanted = self.options.methods
        return [BYTESTREAMS] * ("socks5-proxy" in wanted) + [IBB] * ("in-band" in wanted)

    async def send_in_band(self, sid):
        stream = await self.plugin["xep_0047"].open_stream(self.options.peer, sid=sid)
        with open(self.options.file, "rb") as file:
            await stream.sendfile(file)
        try:
            await asyncio.wait_for(stream.close(), CLOSE_PATIENCE)
        except asyncio.TimeoutError:
            pass

    async def send_by_proxy(self, sid):
        socks5 = self.plugin["xep_0065"]
        proxies = await socks5.discover_proxies()
        if self.options.dead_streamhosts:
            proxies.update({jid: (host, "1") for jid, (host, _) in proxies.items()})
        socket = await socks5.handshake(self.options.peer, sid=sid)
        with open(self.options.file, "rb") as file:
            while chunk := file.read(CHUNK):
                await socket.write(chunk)
        socket.transport.close()

    # ---- receiving ----

    async def offered(self, iq):
        name, size = os.path.basename(iq["si"]["file"]["name"]), int(iq["si"]["file"]["size"])
        tell("offer", name=name, size=size)
        sid, sender = iq["si"]["id"], iq["from"]
        if self.options.mode == "decline":
            asyncio.create_task(self.plugin["xep_0095"].decline(sender, sid, ifrom=iq["to"]))
            return
        incoming = Incoming(os.path.join(self.options.dir, name), size)
        self.add_event_handler("socks5_data", incoming.write)
        self.add_event_handler("socks5_closed", lambda _: incoming.close())
        self.add_event_handler("ibb_stream_data", lambda stream: incoming.write(stream.read()))
        self.add_event_handler("ibb_stream_end", lambda _: incoming.close())
        # accept() waits for an answer to its own answer, which nobody sends: a task that outlives its use.
        self.accepting = asyncio.create_task(
            self.plugin["xep_0095"].accept(sender, sid, ifrom=iq["to"], stream_handler=lambda _: None)
        )


class Incoming:
    """The file that arrives: whole when the other side closes the stream."""

    def __init__(self, path, size):
        self.path, self.size, self.file = path, size, open(path, "wb")

    def write(self, data):
        self.file.write(data)

    def close(self):
        if self.file.closed:
            return
        received = self.file.tell()
        self.file.close()
        if received == self.size:
            tell("done", path=self.path)
        else:
            tell("error", reason=f"{received} of {self.size} bytes arrived")


def read_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--jid", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--mode", choices=["send", "receive", "decline"], required=True)
    parser.add_argument("--peer")
    parser.add_argument("--file")
    parser.add_argument("--dir")
    parser.add_argument("--methods", default="socks5-proxy,in-band", type=lambda text: text.split(","))
    parser.add_argument("--dead-streamhosts", action="store_true")
    return parser.parse_args()


async def main():
    options = read_options()
    contact = Contact(options)
    contact.connect(options.host, options.port)
    # The test holds our standard input open for as long as it wants us to live.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    os._exit(0)


asyncio.run(main())
