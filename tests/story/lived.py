"""A week as its partners lived it: everything that can be seen of it afterwards, gathered once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.demo.result import Document
from gateway.demo.scenery import Scenery
from gateway.ledger import published_entry
from gateway.sandbox.week import Week
from tests.world.second_reading import second_reading
from tests.world.town import Fate, Town, town


@dataclass(frozen=True)
class Left:
    """One release as it stands at its recipient's, and as the recipient opened it."""

    recipient: str
    sealed: Path
    clear: bytes
    manifest: Mapping[str, Any]
    page: list[dict[str, Any]]
    entry: bytes


@dataclass(frozen=True)
class Lived:
    """The record of a week. `fates` are by the name of the file, without what encryption adds to it."""

    samples: Path
    week: Week
    scenery: Scenery
    started: int
    fates: Mapping[str, Fate]
    ledger: list[dict[str, Any]]
    document: Document
    left: Mapping[str, Left]
    failures: Mapping[str, str]
    left_rooms: list[str]

    def expected(self, name: str = "signals.json") -> dict[str, Any]:
        """Expected verdicts, by the département's own identifier.

        Our generator states three rules only; all sixteen are those of a second reading of its files.
        """
        text = (self.samples / "expected" / name).read_text("utf-8")
        people: dict[str, Any] = json.loads(text)["people"]
        if self.is_generated:
            stated = {who: told["match"] for who, told in people.items()}
            people = second_reading(
                self.samples, self.week.departement, with_pe=name == "signals.json"
            )
            assert {who: told["match"] for who, told in people.items()} == stated
        return people

    @property
    def is_generated(self) -> bool:
        return self.samples.name != "dept-08"


async def live(folder: Path, samples: Path, week: Week, *, settings: str = "") -> Lived:
    """Live a week until nothing is left to do."""
    async with town(folder, week, settings=settings) as here:
        started = await here.rounds()
        return Lived(
            samples=samples,
            week=week,
            scenery=here.scenery,
            started=started,
            fates={name.removesuffix(".gpg"): here.fate(name) for name in here.sent},
            ledger=here.ledger(),
            document=here.document(),
            left=_left(here),
            failures=await here.failures(),
            left_rooms=here.left_rooms(),
        )


def _left(here: Town) -> Mapping[str, Left]:
    opened = {path.name: path for paths in here.opened().values() for path in paths}
    places = {"rdv-insertion": here.scenery.pickup, "cd": here.cd.home / "retrait"}
    left = {}
    for row in here.releases():
        place = places[row.recipient]
        left[row.product] = Left(
            recipient=row.recipient,
            sealed=place / f"{row.name}.gpg",
            clear=opened[row.name].read_bytes(),
            manifest=json.loads((place / f"{row.name}.manifeste.json").read_text("utf-8")),
            page=here.page(row.id),
            entry=published_entry(here.house.ledger_folder, row.authorised_index),
        )
    return left


def signals_agree(found: Mapping[str, Any], expected: Mapping[str, Any]) -> int:
    """Compare person by person everything that must be found; give how many were compared."""
    assert found.keys() == expected.keys()
    for id_cd, person in expected.items():
        ours = {key: said for key, said in found[id_cd].items() if key != "grade"}
        theirs = {key: said for key, said in person.items() if key != "scenario"}
        assert ours == theirs, (id_cd, person.get("scenario"))
        assert found[id_cd]["grade"] == (person["match"] or "none"), id_cd
    return len(expected)
