"""Structures made to cost: refused with their verdict, in bounded memory and time."""

import tracemalloc

from gateway.cms import names
from gateway.cms.der import MOST_HEADER
from gateway.cms.envelope import MOST_RECIPIENTS
from schemas.codes import Code
from tests.world.cms import (
    AES256_CBC,
    AES256_GCM,
    IV,
    VERSION,
    Desk,
    Us,
    algorithm,
    endless,
    enveloped,
    info,
    recipient,
    tlv,
)  # fmt: skip

HUGE = (1 << 62).to_bytes(8, "big")
DEEP = b"\xa0\x80" * 60_000
PIECE = tlv(0x04, bytes(16))
OTHER = tlv(0x30, VERSION, tlv(0x30, b""), algorithm(names.RSA), tlv(0x04, b""))

# Without any key.
OUTSIDE = {
    "huge length": (b"\x30\x88" + HUGE + bytes(100), Code.TRUNCATED),
    "a length on nine bytes": (b"\x30\x89\0" + HUGE, Code.NOT_CMS),
    "a length of 127 bytes": (b"\x30\xff" + bytes(200), Code.NOT_CMS),
    "a length past its container": (
        info(names.ENVELOPED, b"\x30\x20" + VERSION) + bytes(100),
        Code.NOT_CMS,
    ),
    "a tag of several bytes": (b"\x3f\x81\x01\x05hello", Code.NOT_CMS),
    "endless and primitive": (b"\x30\x80\x06\x80", Code.NOT_CMS),
    "deep from the first byte": (b"\x30\x80\x06\0\xa0\x80" + DEEP, Code.NOT_CMS),
    "a recipient of a megabyte": (enveloped(tlv(0x30, bytes(1 << 20))), Code.NOT_CMS),
    "a deep recipient": (enveloped(endless(0x30, b"\x30\x80" * 300)), Code.NOT_CMS),
    "no recipients": (enveloped(), Code.NOT_FOR_US),
    "as many recipients as may be": (enveloped(*[OTHER] * MOST_RECIPIENTS), Code.NOT_FOR_US),
}


def inside(us: Us) -> dict[str, tuple[bytes, Code]]:
    """Past a recipient that is us."""
    mine = recipient(us, bytes(32))

    def holding(content: bytes) -> bytes:
        return enveloped(mine, content=content)

    empty = tlv(0x30, tlv(0x06, names.DATA), algorithm(AES256_CBC, IV))
    return {
        "thousands of recipients": (enveloped(*[OTHER] * 5000, mine), Code.NOT_CMS),
        "deep": (holding(DEEP), Code.NOT_CMS),
        "pieces of pieces": (holding(endless(0xA0, endless(0x24, PIECE))), Code.NOT_CMS),
        "pieces of one byte": (holding(endless(0xA0, tlv(0x04, b"x") * 2_000_000)), Code.NOT_CMS),
        "empty pieces": (holding(endless(0xA0, tlv(0x04) * 2_000_000)), Code.NOT_CMS),
        "huge length inside": (holding(b"\x80\x88" + HUGE + bytes(32)), Code.TRUNCATED),
        "endless without end": (holding(b"\xa0\x80" + PIECE * 4), Code.TRUNCATED),
        "a wrong end": (holding(b"\xa0\x80" + PIECE + b"\0\1"), Code.NOT_CMS),
        "a content longer than what holds it": (_narrowed(holding(b"")), Code.NOT_CMS),
        "content twice": (holding(tlv(0x80, bytes(32)) * 2), Code.NOT_CMS),
        "no content": (
            info(names.ENVELOPED, tlv(0x30, VERSION, tlv(0x31, mine), empty)),
            Code.NOT_CMS,
        ),
        "another vector": (
            enveloped(mine, cipher=algorithm(AES256_CBC, tlv(0x04, bytes(8)))),
            Code.NOT_CMS,
        ),
        "a negative size of tag": (
            in_gcm(mine, tlv(0x30, tlv(0x04, bytes(12)), tlv(0x02, b"\x80"))),
            Code.WEAK_CRYPTOGRAPHY,
        ),
        "an enormous nonce": (
            in_gcm(mine, tlv(0x30, tlv(0x04, bytes(5000)))),
            Code.WEAK_CRYPTOGRAPHY,
        ),
        "attributes of a megabyte": (
            enveloped(mine, more=tlv(0xA1, bytes(1 << 20))),
            Code.NOT_CMS,
        ),
    }


def _narrowed(message: bytes) -> bytes:
    """The structure that holds the content said to be one byte shorter, and all else right."""
    inner = tlv(0x30, tlv(0x06, names.DATA), algorithm(AES256_CBC, IV), tlv(0x80, bytes(32)))
    return message.replace(inner, inner[:1] + bytes([inner[1] - 1]) + inner[2:])


def in_gcm(mine: bytes, parameters: bytes) -> bytes:
    """An AuthEnvelopedData whose content nobody encrypted."""
    chosen = algorithm(AES256_GCM, parameters)
    inner = tlv(0x30, tlv(0x06, names.DATA), chosen, tlv(0x80, bytes(32)))
    body = tlv(0x30, VERSION, tlv(0x31, mine), inner, tlv(0x04, bytes(16)))
    return info(names.AUTH_ENVELOPED, body)


def test_structures_made_to_cost_are_refused_cheaply(desk: Desk, us: Us) -> None:
    expected = OUTSIDE | inside(us)
    told: dict[str, Code] = {}
    tracemalloc.start()
    for label, (message, _) in expected.items():
        tracemalloc.reset_peak()
        held = tracemalloc.get_traced_memory()[0]
        told[label] = desk.refuses(message, signature=False, integrity=False)
        cost = tracemalloc.get_traced_memory()[1] - held
        assert cost < 40 * MOST_HEADER, f"{label}: {cost >> 10} KiB"
    tracemalloc.stop()
    assert told == {label: code for label, (_, code) in expected.items()}


def test_a_header_of_nothing_but_tiny_structures_costs_no_more_than_it_may(
    desk: Desk, us: Us
) -> None:
    tiny = MOST_HEADER // 2 - 200
    for lie in (
        enveloped(tlv(0x30, tlv(0x30) * tiny)),
        enveloped(endless(0x30, tlv(0x30) * tiny)),
        enveloped(endless(0x30, (b"\x30\x80" * 15 + b"\0\0" * 15) * (tiny // 40))),
        enveloped(recipient(us, bytes(32)), more=endless(0xA1, tlv(0x31) * tiny)),
    ):
        assert desk.refuses(lie, signature=False, integrity=False) in {
            Code.NOT_CMS,
            Code.NOT_FOR_US,
            Code.TAMPERED,
        }
