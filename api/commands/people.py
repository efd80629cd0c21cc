"""``liuhen person add | password | number``."""

import argparse

from api.commands.options import command, read_password, with_data
from api.passwords import hash_password
from api.settings import load_settings
from api.wiring import beside
from archive.officer_numbers import set_number
from archive.people import add_person, set_password_hash


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add these commands."""
    top = commands.add_parser("person", help="Accounts of people.", description="Accounts of people.")
    inner = top.add_subparsers(dest="what", required=True, metavar="WHAT")
    adding = with_data(command(inner, "add", "Add an account.", _add))
    adding.add_argument("--login", required=True, help="what the person types to sign in")
    adding.add_argument("--name", required=True, help="name shown on pages and in custody history")
    adding.add_argument("--role", action="append", default=[], help="role; may be given several times")
    adding.add_argument("--password-file", required=True, help="file whose first line is the password, - for stdin")
    changing = with_data(command(inner, "password", "Set an account's password and sign its browsers out.", _password))
    changing.add_argument("--login", required=True)
    changing.add_argument("--password-file", required=True, help="file whose first line is the password, - for stdin")
    numbering = with_data(command(inner, "number", "Say which officer an account belongs to.", _number))
    numbering.add_argument("--login", required=True)
    numbering.add_argument("--officer-no", required=True, help="number by which the ledger and labels name the wearer")


def _add(chosen: argparse.Namespace) -> int:
    password_hash = hash_password(read_password(chosen.password_file))
    with beside(chosen.data, load_settings(chosen.data)) as archive:
        roles = tuple(chosen.role or ["investigator"])
        person = add_person(archive.site, chosen.login, chosen.name, roles, password_hash)
    print(f"{person} {chosen.login}")
    return 0


def _password(chosen: argparse.Namespace) -> int:
    password_hash = hash_password(read_password(chosen.password_file))
    with beside(chosen.data, load_settings(chosen.data)) as archive:
        set_password_hash(archive.site, chosen.login, password_hash)
    print(f"password of {chosen.login} set")
    return 0


def _number(chosen: argparse.Namespace) -> int:
    with beside(chosen.data, load_settings(chosen.data)) as archive:
        set_number(archive.site, chosen.login, chosen.officer_no)
    print(f"officer's number of {chosen.login} set")
    return 0
