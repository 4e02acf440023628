import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ledger import Act, Entry, LedgerBroken, check_commitment, commit, new_salt

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
facts = st.dictionaries(words, words | st.integers(-(2**53) + 1, 2**53 - 1), max_size=5)
entries = st.builds(
    Entry,
    st.sampled_from(Act),
    st.datetimes(timezones=st.just(UTC), min_value=NOON.replace(year=1970, tzinfo=None)),
    words,
    words,
    facts,
)


@given(entries)
def test_an_entry_read_back_is_the_same(entry: Entry) -> None:
    assert Entry.decode(entry.encode()) == entry


def test_an_entry_has_one_spelling() -> None:
    entry = Entry(Act.RELEASE_DELIVERED, NOON, "r-1", "opérateur", {"b": 2, "a": "é"})
    assert entry.encode().decode() == (
        '{"act":"release.delivered","actor":"opérateur","at":"2026-11-21T12:00:00Z",'
        '"facts":{"a":"é","b":2},"subject":"r-1","version":1}'
    )


@given(entries)
def test_another_spelling_of_the_same_entry_is_refused(entry: Entry) -> None:
    with pytest.raises(LedgerBroken):
        Entry.decode(json.dumps(json.loads(entry.encode())).encode())


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("version", 2),
        ("version", True),
        ("actor", 5),
        ("act", "nope"),
        ("at", "hier"),
        ("at", "2026-11-21T12:00:00"),
        ("facts", {"a": 1.5}),
        ("facts", {"a": True}),
        ("facts", [1]),
        ("extra", 1),
    ],
)
def test_an_entry_of_another_shape_is_refused(member: str, value: object) -> None:
    members = json.loads(Entry(Act.LEDGER_OPENED, NOON, "journal").encode())
    members[member] = value
    body = json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    with pytest.raises(LedgerBroken):
        Entry.decode(body)


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b"\xff", b"[" * 100_000])
def test_bytes_that_are_no_entry_are_refused(body: bytes) -> None:
    with pytest.raises(LedgerBroken):
        Entry.decode(body)


def test_time_is_kept_in_utc_to_the_second() -> None:
    paris = timezone(timedelta(hours=1))
    entry = Entry(Act.LEDGER_OPENED, datetime(2026, 11, 21, 13, 0, 0, 999, tzinfo=paris), "journal")
    assert entry.at == NOON
    with pytest.raises(ValueError, match="time zone"):
        Entry(Act.LEDGER_OPENED, datetime(2026, 11, 21), "journal")  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize("fact", [True, 1.5, None, 2**53, b"x", ["x"]])
def test_a_fact_is_a_string_or_an_integer(fact: object) -> None:
    with pytest.raises(ValueError, match="fact"):
        Entry(Act.LEDGER_OPENED, NOON, "journal", facts={"a": fact})  # type: ignore[dict-item]  # the lie under test


def test_facts_cannot_change_after_the_entry_is_made() -> None:
    given_facts = {"a": 1}
    entry = Entry(Act.LEDGER_OPENED, NOON, "journal", facts=given_facts)
    given_facts["a"] = 2
    assert entry.facts == {"a": 1}
    with pytest.raises(TypeError):
        entry.facts["a"] = 3  # type: ignore[index]  # the lie under test


def test_an_entry_past_65535_bytes_is_refused() -> None:
    room = 65535 - len(Entry(Act.LEDGER_OPENED, NOON, "journal", facts={"a": ""}).encode())
    assert len(Entry(Act.LEDGER_OPENED, NOON, "journal", facts={"a": "x" * room}).encode()) == 65535
    with pytest.raises(ValueError, match="65535"):
        Entry(Act.LEDGER_OPENED, NOON, "journal", facts={"a": "x" * (room + 1)}).encode()


@given(st.binary(min_size=32, max_size=40), st.binary(min_size=32, max_size=40), words, words)
def test_commitments_differ_unless_salt_and_value_are_the_same(
    a: bytes, b: bytes, v: str, w: str
) -> None:
    assert (commit(a, v) == commit(b, w)) == ((a, v) == (b, w))


def test_a_committed_value_is_proven_with_its_salt_only() -> None:
    salt = new_salt()
    assert check_commitment(commit(salt, "contenu"), salt, "contenu") == "contenu"
    for other_salt, value in ((new_salt(), "contenu"), (salt, "autre")):
        with pytest.raises(LedgerBroken):
            check_commitment(commit(salt, "contenu"), other_salt, value)
    with pytest.raises(ValueError, match="32 bytes"):
        commit(b"court", "contenu")
