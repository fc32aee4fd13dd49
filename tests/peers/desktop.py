"""A desktop that shows notifications to nobody: each is a line of JSON in a file.

Usage: desktop.py FILE, with DBUS_SESSION_BUS_ADDRESS set. The first line says that it is ready.
"""

import json
import sys

import dbus
import dbus.service
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib

NAME = "org.freedesktop.Notifications"


class Desktop(dbus.service.Object):
    def __init__(self, bus, record):
        super().__init__(bus, "/org/freedesktop/Notifications")
        self.record = record
        self.last = 0

    def write(self, **line):
        self.record.write(json.dumps(line) + "\n")
        self.record.flush()

    @dbus.service.method(NAME, in_signature="", out_signature="as")
    def GetCapabilities(self):
        return ["body", "body-markup"]

    @dbus.service.method(NAME, in_signature="susssasa{sv}i", out_signature="u")
    def Notify(self, app, replaces, icon, summary, body, actions, hints, timeout):
        if not replaces:
            self.last += 1
        shown = int(replaces) or self.last
        self.write(app=app, id=shown, replaces=int(replaces), summary=summary, body=body)
        return dbus.UInt32(shown)


DBusGMainLoop(set_as_default=True)
bus = dbus.SessionBus()
name = dbus.service.BusName(NAME, bus)
desktop = Desktop(bus, open(sys.argv[1], "a"))
desktop.write(ready=True)
GLib.MainLoop().run()
