"""Program of its own, run confined: reads QR codes in raw grey pictures, writes a JSON line for each.

``python -I -S -c … LIBRARY PICTURES SIDE``: the native part of zxing-cpp, a file of square pictures one after another.
"""

import json
import sys
from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_loader
from types import ModuleType

MOST_CODES, MOST_BYTES = 8, 512
"""Codes told of one picture and bytes of one code's text; what is longer is none of ours."""


def library_at(path: str) -> ModuleType:
    """The native module in this file. It is all of the environment's libraries that this program can see."""
    loader = ExtensionFileLoader("zxingcpp", path)
    spec = spec_from_loader("zxingcpp", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


def read(library: ModuleType, path: str, side: int) -> None:
    """A line ``{"picture":n,"text":"…"}`` for each code that is UTF-8."""
    number, size = 0, side * side
    with open(path, "rb") as pictures:
        while len(picture := pictures.read(size)) == size:
            found = library.read_barcodes(memoryview(picture).cast("B", (side, side)),
                                          formats=library.BarcodeFormat.QRCode)
            for code in found[:MOST_CODES]:
                tell(number, bytes(code.bytes))
            number += 1


def tell(number: int, untrusted: bytes) -> None:
    """Write one code, unless it is too long or no text."""
    try:
        text = untrusted[:MOST_BYTES + 1].decode("utf-8")
    except UnicodeDecodeError:
        return
    if len(untrusted) <= MOST_BYTES:
        print(json.dumps({"picture": number, "text": text}))


if __name__ == "__main__":
    read(library_at(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
