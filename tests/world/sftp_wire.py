"""What the lying SFTP server says on the line: its own answers, rewritten one packet at a time.

A packet is a length (4 bytes), a kind, the number of the request (4 bytes) and a body
(draft-ietf-secsh-filexfer-02, the version 3 that everybody speaks).
"""

import asyncio
from collections.abc import Callable, Iterator
from typing import Final

from tests.world.sftp_lies import Lie

VERSION, STATUS, HANDLE, DATA, NAME, ATTRS, LIMITS = 2, 101, 102, 103, 104, 105, 201
_END: Final = (1).to_bytes(4) + bytes(8)  # the status "end of file", two empty texts
_OPENED: Final = (VERSION, HANDLE, LIMITS)
_HELD_SECONDS: Final = 0.01

Sent = Callable[[bytes], None]
Telling = Callable[[Lie], bool]


class Wire:
    """Between the honest server and the line. `block` is the most it says it reads or writes at once."""

    def __init__(self, send: Sent, tells: Telling, block: int | None) -> None:
        self._send, self._tells, self._block = send, tells, block
        self._held: list[bytes] = []
        self._given = 0

    def say(self, packet: bytes) -> None:
        """Pass one answer on, as the lies of the moment want it."""
        kind = packet[4]
        if self._is_kept_silent(kind):
            return
        if kind == DATA and self._tells(Lie.OTHER_ORDER):
            self._hold(packet)
            return
        for said in self._lied(kind, packet):
            self._send(said)

    def _is_kept_silent(self, kind: int) -> bool:
        if kind not in (VERSION, LIMITS) and self._tells(Lie.MUTE):
            return True
        return kind not in _OPENED and self._tells(Lie.MUTE_AFTER_OPENING)

    def _lied(self, kind: int, packet: bytes) -> Iterator[bytes]:
        match kind:
            case 2 if self._tells(Lie.OTHER_VERSION):
                yield packet[:5] + (6).to_bytes(4) + packet[9:]
            case 201 if self._block is not None:
                yield _framed(packet[4:9] + 4 * self._block.to_bytes(8))
            case 103:
                yield from self._data(packet)
            case 104 | 105 if self._tells(Lie.MALFORMED):
                yield _framed(packet[4:12])
            case 105 if self._tells(Lie.OTHER_KIND):
                yield _framed(bytes([HANDLE]) + packet[5:9] + (4).to_bytes(4) + b"oops")
            case _:
                yield packet

    def _data(self, packet: bytes) -> Iterator[bytes]:
        """Each second block of bytes is the one lied about: others stand before it and after it."""
        self._given += 1
        number = packet[5:9]
        if self._tells(Lie.UNASKED):
            yield _framed(bytes([DATA]) + b"\xff\xff\xff\x00" + packet[9:])
        if self._given == 2 and self._tells(Lie.END_INSIDE):
            yield _framed(bytes([STATUS]) + number + _END)
        elif self._given == 2 and self._tells(Lie.NOTHING_INSIDE):
            yield _framed(bytes([DATA]) + number + bytes(4))
        else:
            yield packet

    def _hold(self, packet: bytes) -> None:
        if not self._held:
            asyncio.get_running_loop().call_later(_HELD_SECONDS, self._let_go)
        self._held.append(packet)

    def _let_go(self) -> None:
        held, self._held = self._held[::-1], []
        for packet in held:
            self._send(packet)


def _framed(body: bytes) -> bytes:
    return len(body).to_bytes(4) + body
