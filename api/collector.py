"""Python's collector of cyclic garbage, set for a process that holds many small things at once."""

import gc

THRESHOLD = 20_000
"""New containers before the collector looks for cycles among them; Python's own 700 are one reply's worth."""


def settle() -> None:
    """Call once all is started: what is there by now stays for good and is looked through no more.

    Nearly all memory is given back by counting references, which this leaves alone. Limit: what does hang in a cycle
    waits longer, some megabytes of it at a time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(THRESHOLD, *gc.get_threshold()[1:])
