"""Write every flow of one coherent invented département, its truth, and defects if asked.

1. The files of `write_departement`, to the byte; then the other flows, about the same people.
2. Memory holds the identifiers given and the rows of the contact feed, nothing else that grows.
3. `expected/flux.json` says for each clean file its flow, its records, the rows a contract reads and
   accepts; `expected/<flow>-defauts.json` where the defects of its spoiled copy are.
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from schemas.generator import cd, expected
from schemas.generator.departement import check_possible, write_departement
from schemas.generator.flows.desks import Written
from schemas.generator.flows.gathering import Gathering
from schemas.generator.people import Member
from schemas.generator.spoiling import catalogue
from schemas.generator.truth import Truth
from schemas.generator.wishes import Wishes

Progress = Callable[[int, int], None]
_CONTACTS, _PECG = catalogue.CONTACTS, "pe/PECG.xml"


@dataclass(frozen=True, slots=True)
class Everything:
    """What was written: the truth of identifiers, the clean files, the defects by flow and kind."""

    truth: Truth
    written: tuple[Written, ...]
    defects: Mapping[str, Mapping[str, int]]


def write_everything(into: Path, wishes: Wishes, progress: Progress | None = None) -> Everything:
    """Write the folder `into`; `progress` is told how many people are done, of how many.

    Raises `ValueError` as `write_departement` does, and `TooMany` when the rates ask too much.
    """
    check_possible(wishes.departement, wishes.people)
    for folder in ("cnaf", "pe"):
        (into / folder).mkdir(parents=True, exist_ok=True)
    with ExitStack() as files:
        gathering = _Counted(files, into, wishes, progress)
        truth = write_departement(
            into,
            departement=wishes.departement,
            people=wishes.people,
            seed=wishes.seed,
            as_of=wishes.as_of,
            witness=gathering,
        )
    written = (*_ours(truth, gathering.unusable), *gathering.desks.written)
    expected.write_json(into / "expected/flux.json", [_told(each) for each in written])
    defects = catalogue.spoil_all(into, written, wishes)
    return Everything(truth, written, defects)


class _Counted(Gathering):
    """Tells how far it is."""

    def __init__(
        self, files: ExitStack, into: Path, wishes: Wishes, progress: Progress | None
    ) -> None:
        super().__init__(files, into, wishes)
        self._done, self._total, self._progress = 0, wishes.people, progress

    def met(self, member: Member, id_cd: str, nir_form: int) -> None:
        """See somebody, and say so now and then."""
        super().met(member, id_cd, nir_form)
        self._done += bool(id_cd)
        if self._progress and (self._done % 200 == 0 or self._done == self._total):
            self._progress(self._done, self._total)


def _ours(truth: Truth, unusable: int) -> list[Written]:
    journeys = f"cd/{cd.filename(truth.departement, truth.as_of)}"
    rows = truth.rows
    return [
        Written(_CONTACTS, "cnaf-contacts", rows[_CONTACTS], rows[_CONTACTS]),
        Written(_PECG, "pe-parcours", rows[_PECG], rows[_PECG], warned=unusable),
        Written(journeys, "cd-parcours", rows[journeys], rows[journeys]),
    ]


def _told(written: Written) -> dict[str, object]:
    return {
        "fichier": written.path,
        "flux": written.flow,
        "enregistrements": written.records,
        "lues": written.rows,
        "acceptees": written.rows - written.ignored,
        "rejetees": 0,
        "ignorees": written.ignored,
        "avertissements": written.warned,
    }
