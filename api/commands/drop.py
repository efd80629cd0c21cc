"""``liuhen drop add | scan | list``."""

import argparse
import re
import time
from pathlib import Path

from api.commands.options import command, with_data
from api.drop import add_folder, folders, look_once, own_profiles
from api.settings import load_settings
from api.wiring import beside, with_store
from archive.errors import Refused
from ingest import drop_records
from ingest.drop_settling import After
from ingest.dropfolder import DropFolder, Look, Watch
from ingest.import_accounts import MANIFEST
from ingest.profiles import read_profile
from ingest.room_pull import RoomChannels

MARGIN_S = 0.2


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add these commands."""
    top = commands.add_parser("drop", help="Drop folders of docks and video recorders that cannot sign.",
                              description="Drop folders of docks and video recorders that cannot sign.")
    inner = top.add_subparsers(dest="what", required=True, metavar="WHAT")
    adding = with_data(command(inner, "add", "Make an import account for a folder and write it into the settings.",
                               _add))
    adding.add_argument("folder", type=Path)
    adding.add_argument("--title", required=True, help="what people call this dock or recorder")
    adding.add_argument("--profile", default=MANIFEST, help="a vendor profile, or manifest (the default)")
    adding.add_argument("--after", choices=("keep", "move", "remove", "untouched"), default="keep",
                        help="what becomes of a file once its receipt has been verified (default: keep; of a room: "
                             "untouched)")
    adding.add_argument("--quiet", type=int, metavar="SECONDS", help="how long a file must be without change before it "
                        "counts as written (default: the profile's)")
    adding.add_argument("--room", metavar="ROOM", help="take in only what the sessions of this room ask for: rom_…")
    adding.add_argument("--channel", action="append", default=[], metavar="N=RECORDER",
                        help="channel of the room, and the recorder as the profile tells it (1=NVR-01/CH03)")
    with_data(command(inner, "scan", "Look into the drop folders once, waiting out the quiet period where a file "
                      "needs it.", _scan))
    with_data(command(inner, "list", "Accounts, what waits, and what nobody could take in.", _list))
    checking = with_data(command(inner, "check", "Read a profile file and try file names on it.", _check))
    checking.add_argument("profile", type=Path, help="a profile file")
    checking.add_argument("names", nargs="*", metavar="NAME", help="folder/name within a drop folder")


def _add(chosen: argparse.Namespace) -> int:
    with beside(chosen.data, load_settings(chosen.data)) as archive:
        room = None if chosen.room is None else RoomChannels(chosen.room, dict(map(_channel, chosen.channel)))
        after: After = chosen.after if room is None else "untouched"
        account = add_folder(archive, chosen.folder, chosen.title, chosen.profile, after, chosen.quiet, room)
    print(f"{account.id} attests for {chosen.folder.resolve()} ({account.profile}); "
          f"its recordings are of the grade named_only\nown profiles go into {own_profiles(chosen.data)}; "
          "restart `liuhen serve` to begin")
    return 0


def _channel(untrusted_text: str) -> tuple[str, int]:
    number, _, serial = untrusted_text.partition("=")
    if not serial or not re.fullmatch("[0-9]{1,3}", number):
        raise Refused("drop.channels", "write a channel as 1=NVR-01/CH03")
    return serial, int(number)


def _scan(chosen: argparse.Namespace) -> int:
    with with_store(chosen.data, load_settings(chosen.data)) as archive:
        watches = [Watch(archive.intake, folder) for folder in folders(archive)]
        looks = look_once(chosen.data, watches)
        waiting = [watch for watch, look in zip(watches, looks, strict=True) if look is not None and look.waiting]
        if waiting:
            quiet_s = max(watch.folder.quiet_s for watch in waiting)
            print(f"waiting {quiet_s:.0f} s for files that may still be on their way", flush=True)
            time.sleep(quiet_s + MARGIN_S)
            looks = look_once(chosen.data, watches)
        for watch, look in zip(watches, looks, strict=True):
            print(_told(watch.folder, look))
    return 0 if all(look is not None and not look.unclaimed for look in looks) else 1


def _told(folder: DropFolder, look: Look | None) -> str:
    if look is None:
        return f"{folder.root}: the archive cannot take anything now; nothing is lost, run again"
    return (f"{folder.root}: {look.waiting} waiting, {look.taken} taken in, {look.settled} settled, "
            f"{look.unclaimed} unclaimed" + (f", {look.unasked} that no session asks for" if folder.room else ""))


def _list(chosen: argparse.Namespace) -> int:
    unclaimed = 0
    with beside(chosen.data, load_settings(chosen.data)) as archive:
        for folder in folders(archive):
            account = folder.account
            states = [held.state for held in drop_records.remembered(archive.site, account.id).values()]
            lines = drop_records.unclaimed(archive.site, account.id)
            unclaimed += len(lines)
            print(f"{account.id}  {account.title or ''}  {account.profile}  {folder.after}  {folder.root}\n"
                  f"  {states.count(drop_records.TAKING) + states.count(drop_records.TAKEN)} on their way, "
                  f"{states.count(drop_records.SETTLED)} deposited and kept, {len(lines)} unclaimed")
            for line in lines:
                print(f"  {line.reason:20} {line.path}  ({line.size} bytes, since {line.since:%Y-%m-%dT%H:%M:%SZ})"
                      + (f"\n{'':22} {line.detail}" if line.detail else ""))
    return 1 if unclaimed else 0


def _check(chosen: argparse.Namespace) -> int:
    profile = read_profile(chosen.profile)
    print(f"{profile.name}: {profile.about}; quiet for {profile.quiet_s} s")
    unmatched = 0
    for name in chosen.names:
        folder, _, file = name.rpartition("/")
        told = profile.told_by_name(folder, file)
        unmatched += told is None
        print(f"  {name}: " + ("no match" if told is None else ", ".join(f"{k}={v}" for k, v in sorted(told.items()))))
    return 1 if unmatched else 0
