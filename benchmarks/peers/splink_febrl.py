# ruff: noqa: ANN401 - splink and pandas are not typed here
"""Splink on two CSV files of prepared subjects (id, surname, first, birth): `pairs.csv`, and its seconds.

Model of its documentation for names and a birth date: NameComparison twice, DateOfBirthComparison, term
frequencies, nine blocking rules, `u` by sampling, EM on the birth date then on both names.
Run by the peers' Python; nothing of ours is imported.
"""

import json
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

RULES = (
    ("birth",),
    ("surname", "first"),
    ("surname", "substr(first, 1, 2)"),
    ("first", "substr(surname, 1, 2)"),
    ("surname", "substr(birth, 1, 4)"),
    ("first", "substr(birth, 1, 4)"),
    ("surname", "substr(birth, 6, 5)"),
    ("first", "substr(birth, 6, 5)"),
    ("substr(surname, 1, 3)", "substr(first, 1, 3)"),
)


def main(folder: Path) -> None:
    """Train, predict, write LEFT, RIGHT and the probability."""
    pandas: Any = import_module("pandas")
    splink: Any = import_module("splink")
    sides = [pandas.read_csv(folder / f"{side}.csv", dtype=str) for side in ("left", "right")]
    started = time.perf_counter()
    linker = _linker(splink, sides)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e7)
    for rule in (("birth",), ("surname", "first")):
        linker.training.estimate_parameters_using_expectation_maximisation(splink.block_on(*rule))
    found = linker.inference.predict(threshold_match_probability=0.01).as_pandas_dataframe()
    seconds = time.perf_counter() - started
    found[["id_l", "id_r", "match_probability"]].to_csv(folder / "pairs.csv", index=False)
    print(json.dumps({"seconds": seconds, "version": splink.__version__}))


def _linker(splink: Any, sides: list[Any]) -> Any:
    comparisons: Any = import_module("splink.comparison_library")
    names = [
        comparisons.NameComparison(column).configure(term_frequency_adjustments=True)
        for column in ("surname", "first")
    ]
    birth = comparisons.DateOfBirthComparison("birth", input_is_string=True)
    settings = splink.SettingsCreator(
        link_type="link_only",
        unique_id_column_name="id",
        comparisons=[*names, birth],
        blocking_rules_to_generate_predictions=[splink.block_on(*rule) for rule in RULES],
        retain_intermediate_calculation_columns=False,
    )
    database = splink.DuckDBAPI()
    tables = [
        database.register(side, dataset_display_name=name)
        for side, name in zip(sides, ("ours", "theirs"), strict=True)
    ]
    return splink.Linker(tables, settings, log_level=40)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
