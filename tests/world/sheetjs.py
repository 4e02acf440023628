"""RDV-Insertion's own reader of contact files, run by node: SheetJS, used as its page uses it."""

import base64
import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from tests.house.tree import ROOT

FOLDER = ROOT / "tests" / "sheetjs"
Person = Mapping[str, str]


def read(name: str, body: bytes, people: Sequence[Person]) -> Any:
    """What each person of a list gets; never skipped: without node, who runs the tests must know."""
    node = shutil.which("node")
    if node is None or not (FOLDER / "node_modules" / "xlsx").is_dir():
        raise AssertionError("node or SheetJS is not installed: run `make setup`")
    asked = {"name": name, "body": base64.b64encode(body).decode(), "people": list(people)}
    done = subprocess.run(
        [node, FOLDER / "read.cjs"],
        input=json.dumps(asked).encode(),
        capture_output=True,
        check=True,
        timeout=120,
    )
    return json.loads(done.stdout)
