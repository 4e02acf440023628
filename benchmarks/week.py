"""A whole département's week, end to end: partners on loopback, real gpg, SQLite, until nothing is left.

Nobody does the same work: no ratio, but the seconds of each stage of its largest delivery.
"""

import asyncio
import statistics
from datetime import date
from functools import partial
from pathlib import Path

from benchmarks.measure import Line, Scale, thousands, timed
from gateway.demo.play import Played, play
from gateway.demo.result import Document
from gateway.demo.scenery import prepare
from gateway.demo.screen import STAGES
from gateway.sandbox.week import read_week
from schemas.generator import write_departement


def measure(folder: Path, scale: Scale) -> list[Line]:
    """From partners that stand up to releases opened by their recipients."""
    samples = folder / "samples"
    write_departement(samples, departement="08", people=scale.week, seed=2, as_of=date(2022, 6, 15))
    told: list[Document] = []
    times = [
        timed(partial(_live, folder / f"tour-{turn}", samples, told)) for turn in range(scale.runs)
    ]
    spent, note = statistics.median(times), _stages(told[-1])
    return [Line("Semaine d'un département", scale.week, "personnes", spent, "", note=note)]


def _live(folder: Path, samples: Path, told: list[Document]) -> None:
    week = read_week(samples)
    scenery, _ = prepare(folder, week)

    async def stay(_played: Played, _again: object) -> None:
        return

    played = asyncio.run(play(scenery, week, samples, lambda _phase, _started: None, stay))
    if played.failures:
        raise RuntimeError("a walk failed: the time of the week would say nothing")
    told.append(played.document)


def _stages(document: Document) -> str:
    largest = max(document["deliveries"], key=lambda line: line["rows_accepted"])
    spent = (
        f"{STAGES[stage].lower()} {seconds:.2f}" for stage, seconds in largest["seconds"].items()
    )
    return f"sans pair ; {largest['flow']}, {thousands(largest['rows_accepted'])} lignes : {', '.join(spent)} s"
