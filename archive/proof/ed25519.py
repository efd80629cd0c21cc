"""Ed25519 verification (RFC 8032) in plain Python, for public data only: nothing here is constant in time."""

from __future__ import annotations

from hashlib import sha512

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, P - 2, P) % P
_ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
_SIGN = 1 << 255
_SIZE = 32
# y of the points whose order divides 8: 1, -1, 0, and ± a root of d·y⁴ + 2·y² = 1.
_Y_OF_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL_ORDER = frozenset({0, 1, P - 1, _Y_OF_ORDER_8, P - _Y_OF_ORDER_8})
# (X, Y, Z, T) with x = X/Z, y = Y/Z, x·y = T/Z (RFC 8032 §5.1.4).
_Point = tuple[int, int, int, int]
_ZERO: _Point = (0, 1, 1, 0)


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """``signature`` (64 bytes) is that of ``public`` (32 bytes) over ``message``: RFC 8032 §5.1.7.

    Decides each case as OpenSSL does, edge cases too: S ≥ L is refused, the equation is checked without the
    cofactor, R is compared byte by byte (so that only its canonical spelling passes). A public key is taken modulo p
    and may have a small order; keys for which that matters are refused by ``weak``. About 3 ms.
    """
    if len(public) != _SIZE or len(signature) != 2 * _SIZE:
        return False
    key = _decode(public)
    scalar = int.from_bytes(signature[_SIZE:], "little")
    if key is None or scalar >= L:
        return False
    first = signature[:_SIZE]
    challenge = int.from_bytes(sha512(first + public + message).digest(), "little") % L
    return _encode(_sum_of_products(scalar, _BASE, challenge, _negate(key))) == first


def weak(public: bytes) -> bool:
    """Whether 32 bytes must not serve as a key: y not below p, or a point of order 1, 2, 4 or 8.

    Verifiers disagree about the first, and under the second anyone can make signatures. Bytes that are no point at all
    are not weak: nothing verifies under them.
    """
    y = int.from_bytes(public, "little") % _SIGN
    return y >= P or y in _SMALL_ORDER


def _decode(data: bytes) -> _Point | None:
    """The point of RFC 8032 §5.1.3, except that y is taken modulo p and x = 0 may bear either sign."""
    number = int.from_bytes(data, "little")
    y = number % _SIGN % P
    above, below = (y * y - 1) % P, (_D * y * y + 1) % P
    x = above * pow(below, 3, P) * pow(above * pow(below, 7, P), (P - 5) // 8, P) % P
    if (below * x * x - above) % P:
        x = x * _ROOT_OF_MINUS_ONE % P
    if (below * x * x - above) % P:
        return None
    if x & 1 != number >> 255:
        x = -x % P
    return x, y, 1, x * y % P


def _encode(point: _Point) -> bytes:
    x, y, z, _ = point
    inverse = pow(z, P - 2, P)
    return (y * inverse % P | (x * inverse % P & 1) << 255).to_bytes(_SIZE, "little")


def _negate(point: _Point) -> _Point:
    x, y, z, t = point
    return -x % P, y, z, -t % P


def _add(one: _Point, other: _Point) -> _Point:
    """RFC 8032 §5.1.4: complete, so it also doubles."""
    x1, y1, z1, t1 = one
    x2, y2, z2, t2 = other
    a, b = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    c, d = 2 * _D * t1 * t2 % P, 2 * z1 * z2 % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _double(point: _Point) -> _Point:
    x, y, z, _ = point
    a, b = x * x % P, y * y % P
    h = a + b
    e, g = h - (x + y) * (x + y), a - b
    f = 2 * z * z + g
    return e * f % P, g * h % P, f * g % P, e * h % P


def _sum_of_products(first: int, one: _Point, second: int, other: _Point) -> _Point:
    """first·one + second·other, both scalars walked together from the top bit."""
    choices = (_ZERO, one, other, _add(one, other))
    found = _ZERO
    for at in range(max(first.bit_length(), second.bit_length()) - 1, -1, -1):
        found = _double(found)
        chosen = (first >> at & 1) | (second >> at & 1) << 1
        if chosen:
            found = _add(found, choices[chosen])
    return found


def _base() -> _Point:
    point = _decode((4 * pow(5, P - 2, P) % P).to_bytes(_SIZE, "little"))
    if point is None:
        raise AssertionError("the base point of RFC 8032 is on its curve")
    return point


_BASE = _base()
