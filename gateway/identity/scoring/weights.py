"""The weights of a score: a versioned artefact, readable by a person, that holds no identity.

1. For each level of agreement of each field, `m` is how often two records of one person show it, `u` how
   often records of two persons do; the level weighs log2(m/u). For an equal name, `u` is the share of
   people who bear that name, never under `rarest`: a rare name says more.
2. `overlap`: share of the smaller side expected on the other one, for the odds before any comparison.
   `twins`: share of people who have, somewhere, another person of same name and birth date.
3. Thresholds are weights: `high` and above is a link, `review` and above a proposal; `margin` is the lead
   that a link needs over any rival.
4. `digest` is the SHA-256 of everything else: a weight changed by hand is seen.
"""

import hashlib
import json
from importlib import resources
from math import log2
from pathlib import Path
from typing import Annotated

import msgspec

from gateway.errors import Misconfigured

Share = Annotated[float, msgspec.Meta(gt=0, lt=1)]


class Level(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How often one person's records show this level (`m`), and two persons' (`u`)."""

    m: Share
    u: Share

    @property
    def weight(self) -> float:
        """Bits in favour of one person; negative against."""
        return log2(self.m / self.u)


class Names(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Levels of a name or a first name, the best first; the bounds are Jaro-Winkler similarities."""

    identique: Level
    inclus: Level
    tres_proche: Level  # 0.92
    proche: Level  # 0.85
    voisin: Level  # 0.70
    different: Level


class Births(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Levels of a birth date, in the order in which they are tried."""

    marqueur: Level  # a first of January or an uncertain date, same year
    exacte: Level
    inversee: Level  # day and month
    decalee: Level  # 1 or 10 years apart
    annee_et_mois: Level
    annee_et_jour: Level
    mois_et_jour: Level
    differente: Level


class Numbers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Levels of two valid and certain NIRs."""

    egal: Level
    different: Level


class Thresholds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """In bits."""

    high: float
    review: float
    margin: Annotated[float, msgspec.Meta(ge=0)]


class Weights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that a score depends on, besides the subjects."""

    version: str
    learnt: str
    thresholds: Thresholds
    overlap: Share
    twins: Share
    swap: Share
    rarest: Share
    name: Names
    first: Names
    birth: Births
    nir: Numbers
    digest: str = ""


def default() -> Weights:
    """The weights we ship: set by hand, before any real exchange."""
    place = resources.files("gateway.identity.scoring") / "weights.json"
    return decode(place.read_bytes())


def read(path: Path) -> Weights:
    """Read an artefact. Raises `Misconfigured`: unreadable, badly written, or changed by hand."""
    try:
        return decode(path.read_bytes())
    except OSError as error:
        raise Misconfigured(
            "poids du score illisibles : vérifiez le chemin et les droits"
        ) from error


def decode(content: bytes) -> Weights:
    """Weights from an artefact. Raises `Misconfigured`."""
    try:
        weights = msgspec.json.decode(content, type=Weights)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Misconfigured(f"poids du score mal écrits : {error}") from error
    if weights.digest != digest(weights):
        raise Misconfigured("poids du score modifiés à la main : leur empreinte ne correspond plus")
    if weights.thresholds.review > weights.thresholds.high:
        raise Misconfigured("poids du score : le seuil `review` est au-dessus du seuil `high`")
    return weights


def encode(weights: Weights) -> bytes:
    """The artefact of these weights, its digest made anew: the same weights, the same bytes."""
    sealed = msgspec.structs.replace(weights, digest=digest(weights))
    return msgspec.json.format(msgspec.json.encode(sealed), indent=2) + b"\n"


def digest(weights: Weights) -> str:
    """SHA-256 of everything but the digest itself, keys in order."""
    # Read back first: 4 and 4.0 are one threshold.
    held = msgspec.to_builtins(msgspec.convert(msgspec.to_builtins(weights), Weights))
    held.pop("digest", None)
    return hashlib.sha256(json.dumps(held, sort_keys=True).encode()).hexdigest()
