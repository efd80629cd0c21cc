"""The base of all event bodies."""

from typing import ClassVar


class Body:
    """Base of all event bodies; ``KIND`` is ``name/n`` and is frozen once released."""

    KIND: ClassVar[str]
