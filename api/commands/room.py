"""``liuhen room register | list`` on the archive's machine; ``run`` on the room's box is in ``room_run``."""

import argparse

from api.commands import room_run
from api.commands.options import command, with_data
from api.settings import load_settings
from api.wiring import beside
from archive.actors import SYSTEM
from archive.room_events import CLOCKS, PURPOSES
from archive.rooms import Means, RoomRow, all_rooms, close, register


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add these commands."""
    top = commands.add_parser("room", help="Interview rooms.", description="Rooms, and the box that records in one.")
    inner = top.add_subparsers(dest="what", required=True, metavar="WHAT")
    with_data(command(inner, "list", "Archive: the rooms, their boxes and channels.", _list))
    adding = with_data(command(inner, "register", "Archive: register a room.", _register))
    adding.add_argument("--name", required=True, help="what people call it")
    adding.add_argument("--place", default="", help="where it is")
    adding.add_argument("--purpose", choices=PURPOSES, default="interview")
    adding.add_argument("--clock", choices=CLOCKS, default="ntp", help="what its clock follows (default ntp)")
    adding.add_argument("--station", default="", help="its box, a station of kind room: sta_…")
    adding.add_argument("--channel", action="append", required=True, metavar="NAME",
                        help="name of a channel; once for each, channel 1 first")
    closing = with_data(command(inner, "close", "Archive: take a room out of use.", _close))
    closing.add_argument("room", help="its id, rom_…")
    room_run.add_to(inner)


def _list(chosen: argparse.Namespace) -> int:
    with beside(chosen.data, load_settings(chosen.data)) as archive:
        for row in all_rooms(archive.site):
            print(_line(row))
    return 0


def _line(row: RoomRow) -> str:
    state = "in use" if row.closed_at is None else f"closed {row.closed_at:%Y-%m-%dT%H:%M:%SZ}"
    return (f"{row.id}  {state}  {row.purpose}  clock {row.clock}  box {row.station or '-'}  {row.name or '-'}  "
            f"{', '.join(name or '-' for name in row.channel_names)}")


def _register(chosen: argparse.Namespace) -> int:
    means = Means(chosen.station, chosen.clock, chosen.channel)
    with beside(chosen.data, load_settings(chosen.data)) as archive:
        print(register(archive.site, SYSTEM, chosen.purpose, chosen.name, chosen.place, means))
    return 0


def _close(chosen: argparse.Namespace) -> int:
    with beside(chosen.data, load_settings(chosen.data)) as archive:
        close(archive.site, SYSTEM, chosen.room)
    print(f"{chosen.room} closed")
    return 0
