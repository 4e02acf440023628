"""The bare join, in the environment of the peers: three files a département, joined on the person.

Every column the gateway's own crossing reads is read; nothing is evaluated, nothing is kept but the table.
"""

import sys
import time
from pathlib import Path

import duckdb  # type: ignore[import-not-found, unused-ignore]  # in the environment of the peers only


def main(folder: Path) -> None:
    """Join each département, and print seconds, mebibytes and rows."""
    held = duckdb.connect()
    held.execute("SET threads = 2")
    rows, started = 0, time.perf_counter()
    for part in sorted(folder.iterdir()):
        cd, cnaf, pe = (
            str(part / f"{flow}.parquet")
            for flow in ("cd-parcours", "cnaf-beneficiaires", "pe-parcours")
        )
        joined = (
            "CREATE OR REPLACE TABLE joined AS SELECT * FROM read_parquet($1) AS cd "
            "LEFT JOIN read_parquet($2) AS cnaf USING (PERSONNE) LEFT JOIN read_parquet($3) AS pe USING (PERSONNE)"
        )
        rows += held.execute(
            joined.replace("$1", f"'{cd}'").replace("$2", f"'{cnaf}'").replace("$3", f"'{pe}'")
        ).fetchall()[0][0]
    seconds = time.perf_counter() - started
    status = Path("/proc/self/status").read_text("ascii")
    most = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    print(f"{seconds:.3f} {int(most) >> 10} {rows}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
