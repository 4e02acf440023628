"""Everything that says who somebody is, in every writing it could hide under, and a search for it.

1. Each identifier of a `Truth` is a needle, whatever its case: in UTF-8, Latin-1 and UTF-16, in base64
   (its three alignments, both alphabets), percent-encoded, in hexadecimal, as a JSON or XML escape, and
   the ways people write numbers (spaces, dots, +33).
2. A digest of a NIR is a needle too: 10^10 values are tried in minutes.
3. Figures that could be anything (file numbers, dates) count only as whole words.

The search runs over bytes shown as Latin-1, so that every byte is looked at.
"""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import polars as pl

from schemas.generator import Truth

KINDS = (
    "nir", "nom", "prenom", "courriel", "telephone", "matricule", "demande", "pe", "cd", "naissance",
)  # fmt: skip
WHOLE_WORDS = {"matricule", "naissance"}
WORD = re.compile(rb"[0-9A-Za-z]")
ALIGNMENTS = 3
Allowed = Callable[[str], Collection[str]]


def nothing(_place: str) -> Collection[str]:
    """No kind of identifier is allowed anywhere."""
    return ()


@dataclass(frozen=True)
class Leak:
    """An identifier where it has no business: its kind and place, never the value."""

    place: str
    kind: str
    near: int


@dataclass(frozen=True)
class Needles:
    """Every writing → its kind, apart for those whose case matters."""

    folded: Mapping[str, str]
    exact: Mapping[str, str]

    def leaks(self, contents: Mapping[str, bytes], allowed: Allowed = nothing) -> list[Leak]:
        """Where these contents, by place, say who somebody is. All at once: the needles are many."""
        places, texts = list(contents), [body.decode("latin-1") for body in contents.values()]
        series = pl.Series(texts, dtype=pl.String)
        return [
            Leak(places[row], kind, at)
            for writings, fold in ((self.folded, True), (self.exact, False))
            for row, at, kind in _hits(series, writings, fold=fold)
            if kind not in allowed(places[row])
        ]


def contents_of(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by its path, and the paths themselves."""
    files = {
        str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }
    paths = "\n".join(str(p.relative_to(folder)) for p in sorted(folder.rglob("*")))
    return files | {"(paths)": paths.encode()}


def needles(truth: Truth) -> Needles:
    folded: dict[str, str] = {}
    exact: dict[str, str] = {}
    for kind, values in _values(truth).items():
        for value in values:
            folded |= dict.fromkeys(map(_shown, _foldable(value)), kind)
            exact |= dict.fromkeys(map(_shown, _in_base64(value)), kind)
    for nir in truth.nirs13 | truth.nirs15:
        folded |= dict.fromkeys([*_spaced(nir), *_digests(nir)], "nir")
    for phone in truth.phones:
        folded |= dict.fromkeys(_dialled(phone), "telephone")
    return Needles(folded, exact)


def _values(truth: Truth) -> dict[str, set[str]]:
    forms = ("%Y-%m-%d", "%d/%m/%Y", "%Y%m%d")
    return {
        "nir": {*truth.nirs13, *truth.nirs15},
        "nom": set(truth.names),
        "prenom": {name for name in truth.first_names if len(name) >= 5},
        "courriel": set(truth.emails),
        "telephone": set(truth.phones),
        "matricule": set(truth.matricules),
        "demande": set(truth.numdemrsa),
        "pe": set(truth.pe_ids),
        "cd": set(truth.cd_ids),
        "naissance": {f"{day:{form}}" for day in truth.birth_dates for form in forms},
    }


def _spaced(nir: str) -> Iterator[str]:
    parts = [nir[0], nir[1:3], nir[3:5], nir[5:7], nir[7:10], nir[10:13], nir[13:]]
    for separator in (" ", ".", "-", "_", "\u00a0"):
        yield separator.join(part for part in parts if part)


def _digests(nir: str) -> Iterator[str]:
    for name in ("md5", "sha1", "sha256", "sha512"):
        yield hashlib.new(name, nir.encode()).hexdigest()


def _dialled(phone: str) -> Iterator[str]:
    for start in ("+33", "0033", "33"):
        yield start + phone[1:]
    pairs = [phone[at : at + 2] for at in range(0, 10, 2)]
    yield from (separator.join(pairs) for separator in (" ", ".", "-", "_"))


def _foldable(value: str) -> Iterator[bytes]:
    for encoding in ("utf-8", "iso-8859-15", "utf-16-le", "utf-16-be"):
        # ASCII letters fold in the search; others (é) have their capital written out.
        for word in {value, value.upper(), value.lower()}:
            yield word.encode(encoding, "replace")
    yield quote(value).encode()
    yield "".join(f"%{byte:02x}" for byte in value.encode()).encode()
    yield value.encode().hex().encode()
    yield json.dumps(value)[1:-1].encode()
    yield value.encode("ascii", "xmlcharrefreplace")


def _in_base64(value: str) -> Iterator[bytes]:
    """The characters that do not depend on what stands before and after."""
    for body in {value.encode(), value.encode("iso-8859-15", "replace")}:
        for before in range(ALIGNMENTS):
            text = base64.b64encode(b"\0" * before + body)
            whole = (before + len(body)) * 8 // 6
            core = text[-(-before * 8 // 6) : whole]
            yield from (core, core.replace(b"+", b"-").replace(b"/", b"_"))


def _shown(writing: bytes) -> str:
    return writing.decode("latin-1")


def _hits(
    series: pl.Series, writings: Mapping[str, str], *, fold: bool
) -> Iterator[tuple[int, int, str]]:
    patterns = list(writings)
    frame = pl.DataFrame({"TEXT": series}).with_row_index("ROW")
    found = frame.filter(pl.col("TEXT").str.contains_any(patterns, ascii_case_insensitive=fold))
    folded = {key.lower() if fold else key: kind for key, kind in writings.items()}
    texts = found["TEXT"].str
    words = texts.extract_many(patterns, ascii_case_insensitive=fold, overlapping=True)
    places = texts.find_many(patterns, ascii_case_insensitive=fold, overlapping=True)
    for (row, text), said, where in zip(found.iter_rows(), words, places, strict=True):
        utf8 = text.encode()
        for word, at in zip(said, where, strict=True):
            kind = folded[word.lower() if fold else word]
            figures = fold and kind in WHOLE_WORDS
            if not figures or _stands_alone(utf8, at, len(word.encode())):
                yield row, at, kind


def _stands_alone(text: bytes, start: int, length: int) -> bool:
    around = text[max(start - 1, 0) : start] + text[start + length : start + length + 1]
    return WORD.search(around) is None
