"""Messages made to get past the envelope: each told like a `Lie`, with keys of its own where it needs them.

A key that PE (or the CD) declared and that has ended stays in force beside the one in use, as when a
partner changes keys: it is known, and refused all the same.
"""

import gzip
import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from itertools import pairwise
from pathlib import Path

from gateway.sandbox.ceremony import FIRST, MOTIVE, SECOND
from gateway.store.approvals import decide
from gateway.store.deeds import DEEDS
from gateway.store.partner_keys import Kind, Proposal, propose
from schemas.codes import Code
from tests.story.lies import Lie
from tests.world.openpgp import YEAR_2020, Partner
from tests.world.town import Town

CLIMBING = "../../GRIMPEUR\n\x00.xml"  # the name inside the message, which nobody asked for
Making = Callable[[Partner, bytes], bytes]


def of_attacks() -> Iterator[Lie]:
    """Ended keys, other people's keys, no key; envelopes too weak; and what hides inside one."""
    yield Lie("signed by an expired key", Code.SIGNATURE_REFUSED, _expired)
    yield Lie("signed by a revoked key", Code.SIGNATURE_REFUSED, _revoked)
    yield Lie("signed by a subkey of another partner", Code.UNKNOWN_SIGNER, _neighbour)
    yield Lie("locked by a password only", Code.NOT_FOR_US, partial(_pe, _with_a_password))
    old = ("--rfc2440", "--cipher-algo", "AES256")
    yield Lie("without integrity", Code.NO_INTEGRITY, partial(_pe, _sealing(*old)))
    weak = ("--cipher-algo", "3DES")
    yield Lie("under a weak cipher", Code.WEAK_CRYPTOGRAPHY, partial(_pe, _sealing(*weak)))
    hidden = ("--throw-keyids",)
    yield Lie("for a hidden recipient", Code.NOT_FOR_US, partial(_pe, _sealing(*hidden)))
    yield Lie("a zip inside", Code.NESTED_ARCHIVE, lambda t, s: t.pe.sends("z.xml", _zip(s)))
    yield Lie("another message inside", Code.NESTED_ARCHIVE, _twice)
    yield Lie("a gzip, by HubEE", Code.NESTED_ARCHIVE, _gzip)
    yield Lie("under a name that climbs", Code.CONTROL_TOTAL, _climbing)


def _pe(make: Making, town: Town, samples: Path, name: str = "") -> str:
    """Leave what somebody makes of PE's file, with the gateway's key and one that PE declared."""
    with closing(Partner("Attaquant")) as attacker:
        _declare(town, "pe", attacker)
        return _leave(town, make(attacker, _body(samples)), name)


def _expired(town: Town, samples: Path) -> str:
    with closing(Partner("Ancien", expires="1y", born=YEAR_2020)) as old:
        _declare(town, "pe", old)
        signed = old.signs(_body(samples), "--faked-system-time", YEAR_2020)
        return _leave(town, old.gpg(*_to(old), "--no-literal", "-e", stdin=signed))


def _revoked(town: Town, samples: Path) -> str:
    with closing(Partner("Perdu")) as lost:
        _know(town, lost)
        sealed = _sealing()(lost, _body(samples))
        lost.revokes()
        _declare(town, "pe", lost)
        return _leave(town, sealed)


def _neighbour(town: Town, samples: Path) -> str:
    with closing(Partner("Voisin")) as other:
        other.gpg("--passphrase", "", "--quick-add-key", other.fingerprint, "ed25519", "sign", "0")
        _declare(town, "cd", other)
        return _leave(town, _sealing()(other, _body(samples)))


def _twice(town: Town, samples: Path) -> str:
    with closing(Partner("Gigogne")) as someone:
        _know(town, someone)
        return town.pe.sends("gigogne.xml", _sealing()(someone, _body(samples)))


def _climbing(town: Town, samples: Path) -> str:
    start, tag, rest = _body(samples).partition(b"<nb-dossiers>")
    body = start + tag + b"888888" + rest[rest.index(b"</nb-dossiers>") :]
    # No command line holds a NUL, and gpg itself drops folders.
    typed = CLIMBING.replace("\x00", "_").replace("/", "-")

    def make(attacker: Partner, _: bytes) -> bytes:
        # A signature covers the content, not the name.
        signed = attacker.signs(body, "--set-filename", typed)
        assert typed.encode() in signed
        named = signed.replace(typed.encode(), CLIMBING.encode())
        return attacker.gpg(*_to(attacker), "--no-literal", "-e", stdin=named)

    return _pe(make, town, samples)


def _gzip(town: Town, samples: Path) -> str:
    body = (samples / "cnaf" / "coordonnees-allocataire.txt").read_bytes()
    return town.cnaf.publishes("contacts.txt.gz", gzip.compress(body))


def _zip(samples: Path) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("PECG.xml", _body(samples))
    return out.getvalue()


def _with_a_password(attacker: Partner, body: bytes) -> bytes:
    word = ("--pinentry-mode", "loopback", "--passphrase", "sesame", "--s2k-count", "65536")
    return attacker.gpg(*word, "--symmetric", stdin=body)


def _sealing(*options: str) -> Making:
    return lambda attacker, body: attacker.gpg(*options, *_to(attacker), "-s", "-e", stdin=body)


def _to(attacker: Partner) -> tuple[str, str]:
    """The recipient: the gateway, the one other key its home holds."""
    listed = attacker.gpg("--with-colons", "--list-keys").decode().splitlines()
    primary = [after.split(":")[9] for line, after in pairwise(listed) if line.startswith("pub")]
    (gateway,) = set(primary) - {attacker.fingerprint}
    return "-r", gateway


def _declare(town: Town, alias: str, key: Partner) -> None:
    """It knows the gateway; and two people approved it for that partner, while it was good."""
    _know(town, key)
    facts = {"empreinte": key.fingerprint}
    proposal = Proposal(alias, Kind.OPENPGP, key.fingerprint, key.public, facts)
    asked = propose(town.house.engine, proposal, by=FIRST, motive=MOTIVE)
    decide(town.house.engine, asked.id, by=SECOND, agrees=True, then=DEEDS[asked.matter])


def _know(town: Town, key: Partner) -> None:
    key.gpg("--import", stdin=town.scenery.gateway_key.read_bytes())


def _leave(town: Town, content: bytes, name: str = "") -> str:
    rank = len(list((town.pe.home / "depot").iterdir()))
    return town.pe.leaves(name or f"PECG-attaque-{rank}.xml.gpg", content)


def _body(samples: Path) -> bytes:
    return (samples / "pe" / "PECG.xml").read_bytes()


ATTACKS = tuple(of_attacks())
