"""Write the spoiled copy of one clean file, and where its defects are, in two passes.

`expected/<flow>-defauts.json`: under `places`, one per line, the physical first and last lines (the
header is line 1), the record, the column, the kind, the code expected and its effect, never a value;
under `fichiers_entiers`, the copies refused whole and their code; then what a check must count. A kind
with `code` null must not be noticed.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import TextIO

from schemas.codes import Effect
from schemas.generator.spoiling import records
from schemas.generator.spoiling.kinds import TWICE, Kind
from schemas.generator.spoiling.plan import Plan
from schemas.generator.spoiling.records import Copy, Target
from schemas.generator.spoiling.whole import write_whole

SUFFIX = "defauts"


def spoil(
    into: Path,
    target: Target,
    kinds: Sequence[Kind],
    rates: Mapping[str, float],
    rng: Random,
    *,
    suffix: str = SUFFIX,
    inborn: Sequence[Kind] = (),
) -> Counter[str]:
    """Spoil one file and count the defects asked, by kind. Raises `TooMany`.

    What is `inborn` stands in the clean file already: it is told with the rest.
    """
    clean = into / target.path
    with records.opened(clean, target) as file:
        plan = Plan(target.flow, kinds, rates, records.records(file, target), rng)
    spoiled = target.named(suffix)
    told = into / "expected" / f"{target.flow}-defauts.json"
    with (
        records.opened(clean, target) as file,
        records.opened(into / spoiled, target, "w") as copy,
        told.open("w", encoding="utf-8") as places,
    ):
        ledger = _Places(places, target, spoiled)
        asked = _copy(Copy(file, copy, target), plan, rng, ledger, inborn)
        whole = write_whole(into, target, rates)
        ledger.finish(whole)
    return asked + Counter(each["genre"] for each in whole)


def _copy(
    copy: Copy, plan: Plan, rng: Random, ledger: "_Places", inborn: Sequence[Kind]
) -> Counter[str]:
    """Copy every record, and count the defects asked."""
    asked: Counter[str] = Counter()
    for record in copy.read():
        kind = plan.next()
        already = [each for each in inborn if each.fits(record)]
        if kind is not None and kind.name == TWICE:
            ledger.add(copy.write(record), already)
        where = copy.write(kind.spoil(record, rng) if kind else record)
        ledger.add(where, [*([kind] if kind else ()), *already])
        asked.update([kind.name] if kind else ())
    return asked


class _Places:
    """Writes the places as they come, then what a check must count."""

    def __init__(self, file: TextIO, target: Target, spoiled: str) -> None:
        self._file, self._first = file, True
        self._effects: Counter[Effect] = Counter()
        self._kinds: Counter[str] = Counter()
        self._records = 0
        head = {"flux": target.flow, "fichier": spoiled}
        file.write(json.dumps(head)[:-1] + ', "places": [')

    def add(self, where: tuple[int, int, int], kinds: Sequence[Kind]) -> None:
        """Write what stands in one record."""
        self._records += 1
        line, end, record = where
        for kind in kinds:
            place = {
                "ligne": line,
                "ligne_fin": end,
                "enregistrement": record,
                "colonne": kind.column,
                "genre": kind.name,
                "code": kind.code and kind.code.value,
                "effet": kind.code and kind.code.entry.effect.value,
            }
            text = json.dumps(place, ensure_ascii=False)
            self._file.write(("\n" if self._first else ",\n") + text)
            self._first = False
            self._kinds[kind.name] += 1
            if kind.code is not None:
                self._effects[kind.code.entry.effect] += 1

    def finish(self, whole: Sequence[Mapping[str, str]]) -> None:
        """Close the document."""
        told = {
            "fichiers_entiers": whole,
            "enregistrements": self._records,
            "genres": dict(sorted(self._kinds.items())),
            "effets": {effect.value: count for effect, count in sorted(self._effects.items())},
        }
        self._file.write("\n], " + json.dumps(told, ensure_ascii=False)[1:] + "\n")
