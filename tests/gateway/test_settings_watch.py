"""What must be chosen in full (the antivirus), and what may be expected of a flow."""

from datetime import date
from pathlib import Path

import pytest

from gateway.places import antivirus_of
from gateway.settings import load
from tests.gateway.test_settings import GOOD, PE, faults, write

ANTIVIRUS = '[antivirus]\nmode = "off"\n'


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("", "[antivirus] : choisissez"),
        ("[antivirus]\n", "[antivirus] : choisissez"),
        ('[antivirus]\nmode = "clamd"\n', "[antivirus] : choisissez"),
        ('[antivirus]\nmode = "off"\nclamd = "/run/c"\n', "[antivirus] : choisissez"),
        ('[antivirus]\nmode = "non"\n', '« antivirus.mode » : attendu "clamd" ou "off"'),
        ('[antivirus]\nclamd = "clamd.ctl"\n', "un chemin absolu, ou machine:port"),
        ('[antivirus]\nclamd = "clamav:3310"\n', "le texte clair quitterait cette machine"),
    ],
)
def test_an_antivirus_is_chosen_or_refused_in_full(tmp_path: Path, table: str, said: str) -> None:
    (fault,) = faults(write(tmp_path, GOOD.replace(ANTIVIRUS, table)))
    assert said in fault
    if "choisissez" in said:  # both ways are said
        assert 'clamd = "/run/clamav/clamd.ctl"' in fault
        assert 'mode = "off"' in fault


@pytest.mark.parametrize(
    ("table", "address"),
    [
        ('clamd = "/run/clamav/clamd.ctl"', Path("/run/clamav/clamd.ctl")),
        ('clamd = "127.0.0.1:3310"', ("127.0.0.1", 3310)),
        ('clamd = "clamav:3310"\nallow_network = true', ("clamav", 3310)),
    ],
)
def test_where_clamd_is_is_read(
    tmp_path: Path, table: str, address: Path | tuple[str, int]
) -> None:
    clamd = antivirus_of(load(write(tmp_path, GOOD.replace('mode = "off"', table))))
    assert clamd is not None
    assert (clamd.address, clamd.seconds) == (address, 300)


def test_off_is_no_antivirus(tmp_path: Path) -> None:
    assert antivirus_of(load(write(tmp_path))) is None


EXPECTED = '[flows.expected]\nbefore = "18:00"\nsince = 2026-12-01\n'


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("", "« flows[0].expected.every » manque"),
        ('every = "month"', "business_day ou day"),
        ('every = "month"\nday = 1\nbusiness_day = 1', "business_day ou day"),
        ('every = "monday"\nday = 1', "business_day ou day"),
        ('every = "month"\nbusiness_day = 0', "1 est le premier jour ouvré"),
        ('every = "month"\nbusiness_day = 16', "rang de 1 à 15"),
        ('every = "month"\nday = 32', "jour du mois, de 1 à 31"),
        ('every = "lundi"', 'attendu "day" ou "monday"'),
        ('every = "day"\npauses = ["2026-13-01/2026-13-02"]', "n'est pas une suite de jours"),
        ('every = "day"\npauses = ["2026-12-02/2026-12-01"]', "finit avant de commencer"),
        ('every = "day"\nholidays = "FR-57"', 'attendu "FR" ou "FR-6AE"'),
        ('every = "day"\nsince = "hier"', "jour, AAAA-MM-JJ"),
        ('every = "day"\nbefore = "24:00"', "heure de Paris, HH:MM"),
    ],
)
def test_an_expectation_that_cannot_be_meant_is_refused(
    tmp_path: Path, lines: str, said: str
) -> None:
    given = {line.split(" =")[0] for line in lines.splitlines()}
    table = [line for line in EXPECTED.splitlines() if line.split(" =")[0] not in given]
    (fault,) = faults(write(tmp_path, pe=PE + "\n".join([*table, lines])))
    assert said in fault


@pytest.mark.parametrize(
    ("departement", "more", "region", "closed"),
    [
        ("2A", 'every = "day"', "FR", "skip"),
        ("57", 'every = "friday"', "FR-6AE", "next"),
        ("974", 'every = "month"\nbusiness_day = -1', "FR-974", "next"),
        ("974", 'every = "day"\nholidays = "FR"\nclosed = "keep"', "FR", "keep"),
    ],
)
def test_what_an_expectation_does_not_say_follows_its_departement(
    tmp_path: Path, departement: str, more: str, region: str, closed: str
) -> None:
    paper = PE.replace('"2A"', f'"{departement}"') + EXPECTED + more
    (partner,) = load(write(tmp_path, pe=paper)).partners
    expected = partner.flows[0].expected
    assert expected is not None
    read = expected.expectation(departement)
    assert (read.region, read.closed, read.since) == (region, closed, date(2026, 12, 1))
