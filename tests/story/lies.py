"""Every way a delivery may be wrong, and the one code that must answer it.

A `Lie` is told by a partner; what it sends is a good file of the week, spoiled in that way only.
"""

import codecs
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

from schemas.codes import Code
from tests.world.liars import Key, cut, flipped
from tests.world.town import Town

LIMIT = 300_000
IDENTIFYING = "0123456789-DURAND-ANNE.xml"
CD_NAME = "CD-PARCOURS_{departement}_20220615_{rank:06}_V1.csv"


@dataclass(frozen=True)
class Lie:
    """`tell` sends it and gives the name under which it arrives."""

    label: str
    code: Code
    tell: Callable[[Town, Path], str]


def of_envelopes() -> Iterator[Lie]:
    """Messages that must not even be opened, or not believed."""
    yield Lie("signed by an unknown key", Code.UNKNOWN_SIGNER, partial(_pe, signed_by=Key.STRANGER))
    yield Lie("for somebody else", Code.NOT_FOR_US, partial(_pe, encrypted_to=Key.STRANGER))
    yield Lie("truncated", Code.TRUNCATED, partial(_pe, spoiled=cut))
    yield Lie("tampered", Code.TAMPERED, partial(_pe, spoiled=flipped))
    yield Lie("unsigned", Code.NOT_SIGNED, partial(_pe, signed_by=Key.NONE))
    yield Lie("not OpenPGP", Code.NOT_OPENPGP, partial(_pe, encrypted_to=Key.NONE))
    yield Lie("nothing at all", Code.EMPTY, lambda t, _: t.pe.leaves("empty.xml.gpg", b""))
    yield Lie("nothing, sealed", Code.EMPTY, lambda t, _: t.pe.sends("void.xml", b""))
    yield Lie("nothing, by HubEE", Code.EMPTY, lambda t, _: t.cnaf.publishes("void.txt", b""))
    noise = Random(1).randbytes(LIMIT + 1)
    yield Lie("too large", Code.TOO_LARGE, lambda t, _: t.pe.leaves("large.xml.gpg", noise))
    yield Lie("too large, by HubEE", Code.TOO_LARGE, lambda t, _: t.cnaf.publishes("l.txt", noise))
    bomb = b"<dossier/>" * LIMIT
    yield Lie("expands too much", Code.EXPANDS_TOO_MUCH, lambda t, _: t.pe.sends("b.xml", bomb))


def of_names() -> Iterator[Lie]:
    """Names that follow no convention, and other people's départements."""
    yield Lie("a name of no flow", Code.UNKNOWN_NAME, lambda t, s: t.cd.sends("x.csv", _cd_file(s)))
    yield Lie(
        "named for another département", Code.OTHER_DEPARTEMENT, partial(_cd, departement="59")
    )
    yield Lie("dated in the future", Code.INCOHERENT_DATES, _tomorrow)
    yield Lie("about another département", Code.OTHER_DEPARTEMENT, partial(_pe, changed=_elsewhere))


def of_contents() -> Iterator[Lie]:
    """Files that open, and do not say what their contract wants."""
    yield Lie("a DOCTYPE", Code.DOCTYPE, partial(_pe, changed=_with_doctype))
    yield Lie("a false total", Code.CONTROL_TOTAL, partial(_pe, changed=_miscounted))
    named = partial(_pe, name=IDENTIFYING, changed=_miscounted)
    yield Lie("a false total, under a name that could identify", Code.CONTROL_TOTAL, named)
    yield Lie("an XML cut short", Code.MALFORMED_XML, partial(_pe, changed=cut))
    yield Lie("accents in ISO-8859-1", Code.WRONG_ENCODING, partial(_cd, changed=_as_latin))
    yield Lie("accents in UTF-8", Code.WRONG_ENCODING, partial(_cnaf, changed=_as_unicode))
    yield Lie("another header", Code.WRONG_HEADER, partial(_cnaf, changed=lambda b: b"X" + b))
    yield Lie("too many rejects", Code.TOO_MANY_REJECTS, partial(_cd, changed=_without_roles))
    yield Lie("too many rejects, by HubEE", Code.TOO_MANY_REJECTS, _spoiled_contacts)


def _same(body: bytes) -> bytes:
    return body


def _pe(
    town: Town,
    samples: Path,
    *,
    name: str = "",
    changed: Callable[[bytes], bytes] = _same,
    **lie: Key | Callable[[bytes], bytes],
) -> str:
    body = changed((samples / "pe" / "PECG.xml").read_bytes())
    name = name or f"PECG-{len(list((town.pe.home / 'depot').iterdir()))}.xml"
    return town.pe.sends(name, body, **lie)  # type: ignore[arg-type]  # one lie at a time


def _cd(
    town: Town,
    samples: Path,
    *,
    departement: str = "",
    changed: Callable[[bytes], bytes] = _same,
) -> str:
    rank = 100 + len(list((town.cd.home / "depot").iterdir()))
    name = CD_NAME.format(departement=departement or town.week.departement, rank=rank)
    return town.cd.sends(name, changed(_cd_file(samples)))


def _tomorrow(town: Town, samples: Path) -> str:
    """Kept, it would hide every later file until its day has come."""
    departement = town.week.departement
    body = _cd_file(samples).removeprefix(
        codecs.BOM_UTF8
    )  # not the bytes of the good one: no doublon
    return town.cd.sends(f"CD-PARCOURS_{departement}_20991231_000900_V1.csv", body)


def _cnaf(town: Town, samples: Path, *, changed: Callable[[bytes], bytes]) -> str:
    body = changed((samples / "cnaf" / "coordonnees-allocataire.txt").read_bytes())
    return town.cnaf.publishes(f"contacts-{len(town.cnaf.cases)}.txt", body)


def _spoiled_contacts(town: Town, samples: Path) -> str:
    name = "coordonnees-allocataire-defauts.txt"
    return town.cnaf.publishes(name, (samples / "cnaf" / name).read_bytes())


def _cd_file(samples: Path) -> bytes:
    (path,) = (samples / "cd").glob("*.csv")
    return path.read_bytes()


def _elsewhere(body: bytes) -> bytes:
    start, _, rest = body.partition(b"<departement>")
    return start + b"<departement>59" + rest[rest.index(b"</departement>") :]


def _with_doctype(body: bytes) -> bytes:
    prolog, _, rest = body.partition(b"?>")
    return prolog + b'?><!DOCTYPE x [<!ENTITY e "e">]>' + rest


def _miscounted(body: bytes) -> bytes:
    start, tag, rest = body.partition(b"<nb-dossiers>")
    return start + tag + b"9999999" + rest[rest.index(b"</nb-dossiers>") :]


def _as_latin(body: bytes) -> bytes:
    return body.decode("utf-8-sig").encode("iso-8859-15")


def _as_unicode(body: bytes) -> bytes:
    return body.decode("iso-8859-15").encode()


def _without_roles(body: bytes) -> bytes:
    return body.replace(b";DEM;", b";?;")


LIES = (*of_envelopes(), *of_names(), *of_contents())
