"""A process that runs a log over real parts and prints each answer.

``sequencing_process.py FOLDER STORE [STOP POINT]``, STORE being the arguments of a store as JSON. Prints ``ready``
before the first append, ``stopped CODE`` when it cannot go on.
"""

import json
import sys
from pathlib import Path

from faults.real_log import GROUPS, RealLog, answer_line

from archive import stop_points
from archive.adapters.s3 import S3Store
from archive.errors import ArchiveError


def main(folder: str, store: str, stop_at: str = "") -> None:
    log = RealLog(Path(folder), S3Store(**json.loads(store)))
    sequencer = log.start()
    print("ready", flush=True)
    if stop_at:
        stop_points.arm(stop_at)
    try:
        for count in GROUPS:
            index = log.db.write(log.appending(count))
            print(answer_line(index, sequencer.wait_signed(index).result(30)), flush=True)
    except ArchiveError as fault:
        print(f"stopped {fault.code}", flush=True)
    log.close()


main(*sys.argv[1:])
