"""A contact who uses slixmpp and chats: says some things, does something about what it hears, tells it in JSON lines.

The command line is that of every program in this folder (see README.md), of which it takes what says who logs in where,
and `--peer`: with whom it chats. As soon as it is online it says `What light`, which it corrects, and `slip`, which it
takes back. To the first words that are said to it, it has a reaction, an answer, and the word that it has seen them.

Whatever is said to it is told as slixmpp's own plugins read it:

    {"event": "message", "id": "…", "body": "…"}
    {"event": "answer", "id": "…", "to": "…", "body": "… without the quotation", "quoted": "…"}
    {"event": "correction", "of": "…", "body": "…"}
    {"event": "reactions", "to": "…", "emoji": ["…"]}
    {"event": "retraction", "of": "…"}
    {"event": "displayed", "of": "…"}
"""

import argparse
import asyncio
import json
import os
import ssl
import sys

from slixmpp import ClientXMPP, JID

PLUGINS = ("xep_0030", "xep_0115", "xep_0308", "xep_0333", "xep_0359", "xep_0424", "xep_0428", "xep_0444", "xep_0461")


def tell(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


class Contact(ClientXMPP):
    def __init__(self, options):
        super().__init__(options.jid, options.password)
        self.peer = JID(options.peer)
        self.has_answered = False
        for plugin in PLUGINS:
            self.register_plugin(plugin)
        self.enable_direct_tls = False
        self.ssl_context.check_hostname = False
        self.ssl_context.verify_mode = ssl.CERT_NONE
        self.add_event_handler("session_start", self.begin)
        self.add_event_handler("message", self.heard)
        self.add_event_handler("message_correction", self.corrected)
        self.add_event_handler("message_retract", lambda heard: tell("retraction", of=heard["retract"]["id"]))
        self.add_event_handler("marker_displayed", lambda heard: tell("displayed", of=heard["displayed"]["id"]))
        self.add_event_handler("reactions", self.reacted)

    async def begin(self, _):
        await self.get_roster()
        self.send_presence()
        tell("ready", jid=self.boundjid.full)
        self.say("slix-1", "What light", lambda message: message.enable("markable"))
        self.say("slix-2", "What light?", lambda message: message["replace"].__setitem__("id", "slix-1"))
        self.say("slix-3", "slip")
        self.plugin["xep_0424"].send_retraction(self.peer, "slix-3")

    def say(self, id, body, change=lambda message: None):
        message = self.make_message(mto=self.peer, mbody=body, mtype="chat")
        message["id"] = id
        change(message)
        message.send()

    def heard(self, message):
        if message["type"] != "chat" or not message["body"] or message["replace"]["id"] or message["retract"]["id"]:
            return
        if message["reply"]["id"]:
            body, quoted = message["reply"].strip_fallback_content(), message["reply"].get_fallback_body()
            return tell("answer", id=message["id"], to=message["reply"]["id"], body=body, quoted=quoted)
        tell("message", id=message["id"], body=message["body"])
        if not self.has_answered:
            self.has_answered = True
            self.answer(message)

    def answer(self, message):
        def quote(answer):
            answer["reply"]["id"], answer["reply"]["to"] = message["id"], message["from"]
            answer["reply"].add_quoted_fallback(message["body"])

        self.plugin["xep_0444"].send_reactions(message["from"], message["id"], ["🎉"])
        self.say("slix-4", "I take thee", quote)
        self.plugin["xep_0333"].send_marker(message["from"], message["id"], "displayed")

    def corrected(self, heard):
        tell("correction", of=heard["replace"]["id"], body=heard["body"])

    def reacted(self, heard):
        reactions = heard["reactions"]
        tell("reactions", to=reactions["id"], emoji=sorted(reactions.get_values()))


def read_options():
    parser = argparse.ArgumentParser()
    for option in ("--jid", "--password", "--host", "--port", "--peer"):
        parser.add_argument(option, required=True)
    parser.add_argument("--dir")
    return parser.parse_args()


async def main():
    options = read_options()
    contact = Contact(options)
    contact.connect(options.host, int(options.port))
    # The test holds our standard input open for as long as it wants us to live.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    os._exit(0)


asyncio.run(main())
