"""What every rule owes to people, and what the crossing refuses to work on."""

import string
from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from gateway.rules import AVANT_2025, RULES, SUPPRESSORS, Thresholds, cross
from gateway.rules.rule import Flow, Moment, Rule
from gateway.rules.situation import CD_SCHEMA, GRADES_SCHEMA, PE_SCHEMA
from gateway.rules.thresholds import LPE_2025, Regime

MOMENT = Moment(date(2022, 6, 15), date(2022, 6, 1), AVANT_2025)
BY_RULE = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)


@BY_RULE
def test_every_rule_has_all_its_texts(rule: Rule) -> None:
    texts = [
        rule.id,
        rule.name,
        rule.definition,
        rule.legal_source,
        rule.sentence,
        *rule.false_positives,
    ]
    assert all(text.strip() for text in texts)
    assert rule.false_positives and rule.sources and rule.delays
    assert (
        rule.definition.endswith(".")
        and rule.legal_source.endswith(".")
        and rule.sentence.endswith(".")
    )


@BY_RULE
def test_every_rule_has_its_delays_in_the_thresholds(rule: Rule) -> None:
    assert all(AVANT_2025[key] > 0 for key in rule.delays)


@BY_RULE
def test_a_sentence_only_quotes_evidence_the_rule_gives(rule: Rule) -> None:
    given = {evidence.name for evidence in rule.judge(MOMENT).evidence} | {
        "depuis",
        "jours",
        "seuil",
    }
    quoted = {
        name.split(".")[0] for _, name, _, _ in string.Formatter().parse(rule.sentence) if name
    }
    assert quoted and quoted <= given
    assert set(rule.remarks) <= given


@BY_RULE
def test_evidence_comes_from_the_sources_the_rule_names(rule: Rule) -> None:
    assert {evidence.flow for evidence in rule.judge(MOMENT).evidence} == set(rule.sources)


def test_a_rule_stands_after_those_it_reads_and_has_an_id_of_its_own() -> None:
    ids = [rule.id for rule in RULES]
    assert len(set(ids)) == len(ids)
    for place, rule in enumerate(RULES):
        assert set(rule.reads) <= set(ids[:place])


def test_a_rule_read_by_another_that_needs_pole_emploi_is_gated_with_it() -> None:
    by_id = {rule.id: rule for rule in RULES}
    for rule in RULES:
        assert all(Flow.PE in rule.sources for read in rule.reads if Flow.PE in by_id[read].sources)


def test_every_suppressor_has_its_texts() -> None:
    assert SUPPRESSORS and all(s.id and s.name and s.definition for s in SUPPRESSORS)


def test_changing_a_delay_means_changing_the_version() -> None:
    """Changed a number on purpose? Give it a new version, then note the new digest here."""
    assert (AVANT_2025.version, AVANT_2025.digest()[:16]) == ("AVANT_2025-3", "898ed6c4a6c2fa59")
    assert (LPE_2025.version, LPE_2025.digest()[:16]) == ("LPE_2025-1", "58c64c29408723d0")


def test_thresholds_without_version_or_with_a_negative_delay_are_refused() -> None:
    with pytest.raises(ValueError, match="version"):
        replace(AVANT_2025, version="")
    with pytest.raises(ValueError, match="zero or more"):
        Thresholds(Regime.AVANT_2025, "essai", 45, {"R09": -1})


def test_thresholds_cannot_be_changed_once_named() -> None:
    delays = {"R09": 60}
    frozen = Thresholds(Regime.AVANT_2025, "essai", 45, delays)
    delays["R09"] = 1
    assert frozen["R09"] == 60
    with pytest.raises(TypeError):
        frozen.delays["R09"] = 1  # type: ignore[index]


def empty(schema: object) -> pl.DataFrame:
    return pl.DataFrame(schema=schema)  # type: ignore[arg-type] # the schemas of situation.py


def test_nobody_in_the_file_means_no_signal_and_nobody_silenced() -> None:
    crossing = cross(
        empty(CD_SCHEMA),
        empty(PE_SCHEMA),
        empty(GRADES_SCHEMA),
        as_of=MOMENT.as_of,
        pe_reference=MOMENT.pe_reference,
    )
    assert crossing.signals.columns == [
        "PERSONNE",
        "REGLE",
        "RESULTAT",
        "MOTIF",
        "DEPUIS",
        "JOURS",
        "SEUIL",
        "PREUVES",
        "VERSION",
    ]
    assert (crossing.signals.height, crossing.suppressed.height) == (0, 0)


def test_columns_are_the_same_with_and_without_pole_emploi() -> None:
    cd = pl.DataFrame(
        [{"PERSONNE": "p", "FAIT": "REFERENT", "DATE": MOMENT.as_of}], schema=CD_SCHEMA
    )
    with_pe = cross(
        cd,
        empty(PE_SCHEMA),
        empty(GRADES_SCHEMA),
        as_of=MOMENT.as_of,
        pe_reference=MOMENT.pe_reference,
    )
    without = cross(cd, None, empty(GRADES_SCHEMA), as_of=MOMENT.as_of, pe_reference=None)
    assert with_pe.signals.schema == without.signals.schema
    assert without.suppressed.schema == {"PERSONNE": pl.String, "SUPPRESSEUR": pl.String}


def test_a_frame_without_its_columns_or_with_a_nameless_row_is_refused() -> None:
    with pytest.raises(ValueError, match="STATUT"):
        cross(
            empty(CD_SCHEMA).drop("STATUT"),
            None,
            empty(GRADES_SCHEMA),
            as_of=MOMENT.as_of,
            pe_reference=None,
        )
    with pytest.raises(ValueError, match="DATE_DEBUT_IDE"):
        cross(
            empty(CD_SCHEMA),
            empty(PE_SCHEMA).cast({"DATE_DEBUT_IDE": pl.String}),
            empty(GRADES_SCHEMA),
            as_of=MOMENT.as_of,
            pe_reference=MOMENT.pe_reference,
        )
    nameless = pl.DataFrame([{"PERSONNE": None, "FAIT": "RDV"}], schema=CD_SCHEMA)
    with pytest.raises(ValueError, match="PERSONNE"):
        cross(nameless, None, empty(GRADES_SCHEMA), as_of=MOMENT.as_of, pe_reference=None)
