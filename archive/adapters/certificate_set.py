"""Puts the certificates of a time-stamp response into the order DER wants, which some authorities do not keep."""

_SEQUENCE = 0x30
_TAGGED_0 = 0xA0


def in_order(untrusted_response: bytes) -> bytes:
    """The response with its certificate set sorted (X.690 §11.6), all else as it was; ``ValueError`` for garbage.

    The set lies outside the signature (RFC 5652 §5.1), so the order proves nothing; only the reader that follows is
    strict about it. What is kept as evidence is the response as it came.
    """
    response = _content(untrusted_response, 0, _SEQUENCE)
    children = _children(untrusted_response, *response)
    if len(children) < 2:
        return untrusted_response  # a refusal has no token
    token = _children(untrusted_response, *_content(untrusted_response, children[1][0], _SEQUENCE))
    if len(token) != 2:
        raise ValueError("not a token")
    wrapped = _content(untrusted_response, token[1][0], _TAGGED_0)
    signed = _children(untrusted_response, *_content(untrusted_response, wrapped[0], _SEQUENCE))
    for start, end in signed:
        if untrusted_response[start] == _TAGGED_0:
            first, last = _content(untrusted_response, start, _TAGGED_0)
            held = sorted(untrusted_response[a:b] for a, b in _children(untrusted_response, first, last))
            return untrusted_response[:first] + b"".join(held) + untrusted_response[end:]
    return untrusted_response


def _content(data: bytes, at: int, tag: int) -> tuple[int, int]:
    """Span of the content of the element at ``at``, which must bear ``tag``."""
    if data[at:at + 1] != bytes([tag]):
        raise ValueError("another element stands there")
    return _span(data, at)


def _children(data: bytes, start: int, end: int) -> list[tuple[int, int]]:
    """Whole spans, headers included, of the elements in a content."""
    found = []
    while start < end:
        _, after = _span(data, start)
        if after > end:
            raise ValueError("an element is longer than what holds it")
        found.append((start, after))
        start = after
    return found


def _span(data: bytes, at: int) -> tuple[int, int]:
    """Content span of the element at ``at``: definite lengths of at most four bytes."""
    size, first = int.from_bytes(data[at + 1:at + 2]), at + 2
    if size >= 0x80:
        count = size & 0x7F
        if not 1 <= count <= 4:
            raise ValueError("a length no response has")
        size, first = int.from_bytes(data[first:first + count]), first + count
    if first + size > len(data):
        raise ValueError("cut short")
    return first, first + size
