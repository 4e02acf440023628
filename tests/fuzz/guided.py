"""Fuzz the readers, guided by the branches of our code that each input reaches (atheris, libFuzzer).

    python -m tests.fuzz.guided --seconds 60 [--flow pe-parcours] [--corpus dossier]

1. Each input is checked whole, as a file of one of the contracts; `outcome` says what may come of it.
2. What libFuzzer refuses besides: ten seconds for one input, a gigabyte of memory more than it began with.
3. After a warming up, memory may not grow by more than `MOST_GROWTH` whatever the number of inputs.

The first input that breaks a rule is kept as `crash-…` in the corpus folder, and the exit is not 0.
"""

import argparse
import os
import resource
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

import atheris

# What is imported here for the first time is what guides.
with atheris.instrument_imports(include=["schemas"]):
    from schemas.contract import Contract
    from schemas.registry import contracts
    from tests.fuzz.mangling import MOST, mangled
    from tests.fuzz.outcome import compiled_once, outcome
    from tests.fuzz.seeds import seeds

MOST_GROWTH = 200 << 20
LONGEST_SECONDS = 10
WARM = 300


class Run:
    """What a run has seen so far, and when it ends. libFuzzer never gives the hand back: it ends here."""

    def __init__(self, held: tuple[Contract, ...], room: Path, seconds: int) -> None:
        self._held, self._room = held, room
        self._outcomes: Counter[str] = Counter()
        self._warm = 0
        self._end = time.monotonic() + seconds

    def one(self, data: bytes) -> None:
        """Check one input: its first byte says of which flow it is."""
        if data:
            contract = self._held[data[0] % len(self._held)]
            met = outcome(self._room / "depot", data[1:], contract)
            self._outcomes[f"{contract.flow} {met}"] += 1
            self._check_memory(self._outcomes.total())
        if time.monotonic() > self._end:
            self._stop()

    def _check_memory(self, inputs: int) -> None:
        if inputs == WARM:
            self._warm = _memory()
        if inputs > WARM and inputs % 100 == 0:
            grown = _memory() - self._warm
            assert grown < MOST_GROWTH, f"memory grew by {grown >> 20} MB in {inputs} inputs"

    def _stop(self) -> None:
        for met, times in sorted(self._outcomes.items()):
            sys.stdout.write(f"{times:7} {met}\n")
        grown = (_memory() - self._warm) >> 20 if self._warm else 0
        said = f"{self._outcomes.total():7} inputs, {grown} MB more than once warm\n"
        sys.stdout.write(said)
        sys.stdout.flush()
        shutil.rmtree(self._room)
        os._exit(0)


def _memory() -> int:
    """Give the memory in use, in bytes."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


def _peak() -> int:
    """Give the most memory ever in use, in MB, as libFuzzer counts it.

    Linux hands a new process the peak of the one it was forked from: a test runner may be past a gigabyte.
    """
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def _mutate(data: bytes, most: int, seed: int) -> bytes:
    rng = Random(seed)
    if len(data) < 2 or rng.random() < 0.2:
        return atheris.Mutate(data, most)  # type: ignore[no-any-return]
    return (data[:1] + mangled(data[1:], rng))[:most]


def _planted(corpus: Path, held: tuple[Contract, ...]) -> None:
    for rank, contract in enumerate(held):
        for number, body in enumerate(seeds(contract)):
            place = corpus / f"seed-{contract.flow}-{contract.version}-{number}"
            place.write_bytes(bytes([rank]) + body[: MOST - 1])


def main() -> None:
    """Fuzz for a while, then say what was seen."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--seconds", type=int, default=60)
    words.add_argument("--flow", default="")
    words.add_argument("--corpus", type=Path)
    words.add_argument("--seed", type=int, default=0)
    asked = words.parse_args()
    held = tuple(one for one in contracts() if asked.flow in one.flow)
    room = Path(tempfile.mkdtemp(prefix="fuzz-"))
    corpus = asked.corpus or room / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    _planted(corpus, held)
    limits = [f"-timeout={LONGEST_SECONDS}", f"-rss_limit_mb={_peak() + 1024}", f"-max_len={MOST}"]
    limits += [f"-artifact_prefix={corpus}/", f"-seed={asked.seed}", "-verbosity=0"]
    compiled_once(setattr)
    run = Run(held, room, asked.seconds)
    atheris.Setup([sys.argv[0], *limits, str(corpus)], run.one, custom_mutator=_mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
