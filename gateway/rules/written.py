"""A configuration of the rules as people write it: TOML in, TOML out, and what differs between two.

1. A file says what it changes; what it leaves out is as in its regime. What is kept says everything, so
   that a version goes on meaning the same when ours change.
2. Unknown keys, unknown rules and unknown delays are errors, all told at once: a misspelt restriction
   must not pass for no restriction.
3. `toml` then `read` is the same configuration.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

from msgspec import Meta

from gateway.errors import Misconfigured
from gateway.habilitation.shape import read_table
from gateway.rules.catalogue import BY_ID
from gateway.rules.thresholds import DEFAULTS, Regime, Scored, Thresholds

DEPARTEMENT: Final = re.compile(r"[0-9]{2}|2[AB]|9[78][0-9]")
Days = Annotated[int, Meta(ge=0, le=3660)]
_ODD = "configuration des règles refusée :\n"


@dataclass(frozen=True, slots=True)
class Written:
    """The keys of the file, in its words. None: as in the regime."""

    departement: Annotated[str, Meta(pattern=f"^({DEPARTEMENT.pattern})$")]
    regime: Regime
    fraicheur_pe: Days | None = None
    delais: dict[str, Days] | None = None
    regles_facultatives: tuple[str, ...] | None = None
    sorties_sans_rupture: tuple[Annotated[str, Meta(pattern="^[0-9A-Z]{1,2}$")], ...] | None = None
    age_retraite: Annotated[int, Meta(ge=50, le=120)] | None = None
    rdv_prevu: Days | None = None
    signal_ecarte: Days | None = None
    absences: Annotated[int, Meta(ge=1, le=20)] | None = None
    score: Scored | None = None


# Key of the file → field of `Thresholds`, in the order they are written; `delais` goes last.
NAMES: Mapping[str, str] = {
    "fraicheur_pe": "freshness",
    "regles_facultatives": "optional",
    "sorties_sans_rupture": "harmless_exits",
    "age_retraite": "retirement",
    "rdv_prevu": "watch",
    "signal_ecarte": "dismissal",
    "absences": "absences",
    "score": "score",
}
MEANING: Mapping[str, str] = {
    "fraicheur_pe": "âge au plus du fichier de Pôle emploi, en jours",
    "regles_facultatives": "règles évaluées en plus de celles qui le sont partout",
    "sorties_sans_rupture": "codes de sortie de Pôle emploi qui ne sont pas des ruptures (S3, R06)",
    "age_retraite": "âge à partir duquel rien n'est signalé (S10)",
    "rdv_prevu": "rendez-vous prévu d'ici là : signal « à surveiller » (S9), en jours",
    "signal_ecarte": "un signal écarté par un professionnel se tait si longtemps (S12), en jours",
    "absences": "absences non excusées qui font un signal (R11)",
    "score": "rapprochement par les seuls poids : « proposer » à une personne, ou « lier »",
}


def read(text: str, version: str, *, departement: str) -> Thresholds:
    """Read a file as the version of that name. Raises `Misconfigured` with every mistake."""
    given = _given(text, departement, strict=True)
    base = DEFAULTS[given.regime]
    delays = {**base.delays, **(given.delais or {})}
    return replace(base, version=version, delays=delays, **_changes(given))


def kept(text: str, version: str, *, departement: str) -> Thresholds:
    """Read a version decided before: its delays and no other. Raises `Misconfigured`."""
    given = _given(text, departement, strict=False)
    base = DEFAULTS[given.regime]
    return replace(base, version=version, delays=given.delais or {}, **_changes(given))


def toml(thresholds: Thresholds, *, departement: str) -> str:
    """Write everything a configuration says, one spelling only."""
    lines = [
        f'departement = "{departement}"',
        f'regime = "{thresholds.regime}"',
        *(
            f"{key} = {_spelt(getattr(thresholds, name))}  # {MEANING[key]}"
            for key, name in NAMES.items()
        ),
        "",
        "[delais] # en jours",
        *(f'"{key}" = {days}' for key, days in sorted(thresholds.delays.items())),
    ]
    return "\n".join(lines) + "\n"


def differences(before: Thresholds, after: Thresholds) -> Mapping[str, str]:
    """What changes, by key of the file: `60 → 45`. The name of the version is not a change."""
    return dict(_differences(before, after))


def _differences(before: Thresholds, after: Thresholds) -> Iterator[tuple[str, str]]:
    if before.regime != after.regime:
        yield "regime", f"{before.regime} → {after.regime}"
    for key, name in NAMES.items():
        old, new = getattr(before, name), getattr(after, name)
        if isinstance(old, frozenset) and old != new:
            signed = [*(f"+{c}" for c in sorted(new - old)), *(f"-{c}" for c in sorted(old - new))]
            yield key, " ".join(signed)
        elif old != new:
            yield key, f"{old} → {new}"
    for key in sorted({*before.delays, *after.delays}):
        old, new = before.delays.get(key, "aucun"), after.delays.get(key, "aucun")
        if old != new:
            yield f"delais.{key}", f"{old} → {new}"


def _given(text: str, departement: str, *, strict: bool) -> Written:
    faults: list[str] = []
    try:
        values = read_table(Written, tomllib.loads(text), faults)
    except tomllib.TOMLDecodeError as error:
        raise Misconfigured(f"{_ODD}  - TOML illisible ({error})") from None
    given = None if faults else Written(**values)
    if given is not None:
        faults += _elsewhere(given, departement)
        faults += _odd(given) if strict else ()
    if given is None or faults:
        raise Misconfigured(_ODD + "\n".join(f"  - {fault}" for fault in faults))
    return given


def _changes(given: Written) -> Mapping[str, Any]:
    said = {name: getattr(given, key) for key, name in NAMES.items()}
    return {name: _held(value) for name, value in said.items() if value is not None}


def _elsewhere(given: Written, departement: str) -> Iterator[str]:
    if given.departement != departement:
        yield f"« departement » dit {given.departement}, la configuration est celle du {departement}"


def _odd(given: Written) -> Iterator[str]:
    known = {key for rule in BY_ID.values() for key in rule.delays}
    allowed = known | set(DEFAULTS[given.regime].delays)
    for key in sorted(set(given.delais or {}) - allowed):
        yield f"« delais.{key} » : aucune règle n'a ce délai"
    optional = {rule.id for rule in BY_ID.values() if rule.optional}
    for rule in sorted(set(given.regles_facultatives or ()) - optional):
        yield f"« regles_facultatives » : {rule} n'est pas une règle facultative"


def _held(value: object) -> object:
    return frozenset(value) if isinstance(value, tuple) else value


def _spelt(value: object) -> str:
    if isinstance(value, frozenset):
        return "[" + ", ".join(f'"{code}"' for code in sorted(value)) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)
