"""Two recipients cannot join what they hold, nor one recipient its own files of two purposes or two epochs.

Drawn at random: people, recipients, purposes and epochs. What is compared is all a recipient has: names, and
the place of each row.
"""

import re
import secrets
from itertools import combinations
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.pseudonym import Domain, Pseudonymiser, bridge, carried_over
from gateway.secret import Secret
from tests.house.tree import ROOT

MASTER = Secret(secrets.token_bytes(32))
words = st.text("abcdefgh-|/.:", min_size=1, max_size=6)
epochs = st.text("0123456789-", min_size=1, max_size=4)
domains = st.builds(Domain, recipient=words, purpose=words, epoch=epochs)
people = st.lists(st.binary(min_size=16, max_size=16), min_size=1, max_size=40, unique=True).map(
    lambda drawn: pl.Series("SUBJECT", [one.hex() for one in drawn])
)


def extract(persons: pl.Series, domain: Domain) -> pl.DataFrame:
    """What a recipient gets, as every frame of ours is kept: in the order of its own names."""
    names = Pseudonymiser(MASTER, domain).of_series(persons)
    return pl.DataFrame({"PERSONNE": names, "SUBJECT": persons}).sort("PERSONNE")


def key_of(name: str) -> str:
    return name.rpartition(".")[2]


@settings(max_examples=60, deadline=None)
@given(people, st.lists(domains, min_size=2, max_size=6, unique=True))
def test_no_name_is_shared_by_two_recipients_purposes_or_epochs(
    persons: pl.Series, drawn: list[Domain]
) -> None:
    held = [{key_of(n) for n in extract(persons, domain)["PERSONNE"]} for domain in drawn]
    assert {len(names) for names in held} == {len(persons)}
    for one, other in combinations(held, 2):
        assert one & other == set()


@settings(max_examples=30, deadline=None)
@given(people, domains)
def test_one_recipient_always_gets_the_same_name_of_the_same_person(
    persons: pl.Series, domain: Domain
) -> None:
    assert extract(persons, domain).equals(extract(persons.reverse(), domain))


def test_the_place_of_a_row_joins_no_two_recipients() -> None:
    """By rank over four thousand people: 0.1 is six standard deviations."""
    persons = pl.Series("SUBJECT", [secrets.token_hex(16) for _ in range(4_000)]).sort()
    drawn = [Domain(r, p, e) for r in ("cd-08", "cd-51") for p in ("suivi", "etude") for e in "12"]
    places = [
        extract(persons, d).with_row_index("AT").sort("SUBJECT")["AT"].alias("A") for d in drawn
    ]
    for one, other in combinations([*places, pl.Series(range(4_000))], 2):
        pair = pl.DataFrame({"ONE": one, "OTHER": other})
        assert abs(pair.select(pl.corr("ONE", "OTHER", method="spearman")).item()) < 0.1


@settings(max_examples=30, deadline=None)
@given(people, domains, epochs)
def test_a_frame_carried_to_another_epoch_is_the_one_made_in_it(
    persons: pl.Series, domain: Domain, epoch: str
) -> None:
    before, after = extract(persons, domain), extract(persons, domain.at(epoch))
    assert carried_over(before, persons, MASTER, domain.at(epoch)).equals(after)
    both = bridge(persons, MASTER, domain, domain.at(epoch))
    assert both["NEW"].to_list() == after["PERSONNE"].to_list()
    assert set(both["OLD"]) == set(before["PERSONNE"])


def test_ours_are_never_named_in_an_epoch_written_in_the_code() -> None:
    """`JOURNEYS` is our first epoch: the one in force is `in_force`, that of a frame is `epoch_of`."""
    fixed = re.compile(r"Pseudonymiser\([^)]*\bJOURNEYS\s*[,)]")
    found = [
        path.relative_to(ROOT).as_posix()
        for path in sorted(Path(ROOT / "gateway").rglob("*.py"))
        if fixed.search(path.read_text("utf-8"))
    ]
    assert found == []
    assert fixed.search("Pseudonymiser(house.master, JOURNEYS).of_series")
