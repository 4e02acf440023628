"""A place that stops answering delays its own files only, and nothing is lost nor done twice."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from connectors.contract import Outlet
from connectors.sftp import SftpOutlet
from gateway.doors.durable import Patience
from gateway.rounds import Telling
from gateway.store.alerts import Level, open_alerts
from gateway.store.partner_states import State, standing_of
from tests.story.conftest import Drawing
from tests.world.sshd import made_key
from tests.world.town import Town, town, week_of

PHASES = ("réception", "croisement", "publication")


def _at(phase: str, act: Callable[[], None]) -> Telling:
    """Act when the walks of a phase have just been started."""

    def tell(told: str, _started: int) -> None:
        if told == phase:
            act()

    return tell


def _acts(here: Town) -> Counter[str]:
    """What was written of files; the keys and the habilitations were approved before."""
    acts = (entry["act"] for entry in here.ledger())
    return Counter(
        act for act in acts if not act.startswith(("approval.", "key.", "habilitation."))
    )


def check_all_done_once(here: Town) -> None:
    accepted = sum(row.verdict == "accepted" for row in here.deliveries())
    assert accepted == len(here.deliveries()) - 1  # the false total
    assert _acts(here) == {
        "delivery.accepted": accepted,
        "delivery.refused": 1,
        "delivery.acknowledged": accepted + 1,
        "crossing.done": _acts(here)["crossing.done"],
        "release.authorised": len(here.releases()),
        "release.delivered": len(here.releases()),
    }
    assert here.left_rooms() == []
    assert {name: len(files) for name, files in here.opened().items()}.keys() == {
        "rdv-insertion",
        "cd",
    }


async def test_a_silent_place_hides_no_other(drawn: Drawing, tmp_path: Path) -> None:
    async with town(tmp_path / "t", week_of(drawn("08").folder)) as here:
        here.standing.places.cut()
        done = await here.round()
        assert {silence.partner for silence in done.silences} == {"pe", "cd"}
        assert {row.partner for row in here.deliveries()} == {"cnaf"}
        assert [row.product for row in here.releases()] == ["contacts-rdv-insertion"]
        await here.standing.places.start()
        await here.rounds()
        assert await here.failures() == {}
        check_all_done_once(here)
        assert len(here.releases()) == 2


@pytest.mark.parametrize("phase", ["réception", "publication"])
async def test_sftp_lost_in_the_middle_of_a_round_is_made_up_for_in_the_next(
    phase: str, drawn: Drawing, tmp_path: Path
) -> None:
    async with town(tmp_path / "t", week_of(drawn("08").folder)) as here:
        await here.round(_at(phase, here.standing.places.cut))
        assert await here.failures() != {}
        await here.standing.places.start()
        await here.rounds()
        assert await here.failures() == {}
        check_all_done_once(here)


async def test_a_recipient_whose_server_shows_another_key_is_paused_and_that_is_urgent(
    drawn: Drawing, tmp_path: Path
) -> None:
    async with town(tmp_path / "t", week_of(drawn("08").folder)) as here:
        outlets = cast("dict[str, Outlet]", here.house.outlets)
        known = outlets["cd"]
        assert isinstance(known, SftpOutlet)
        pinned = replace(known._settings, host_keys=(made_key(tmp_path / "other"),))
        async with SftpOutlet(pinned) as elsewhere:
            outlets["cd"] = elsewhere
            await here.round()
        with here.house.engine.begin() as connection:
            assert standing_of(connection, "cd").state is State.PAUSED
            alert = next(one.alert for one in open_alerts(connection) if one.alert.partner)
        assert (alert.kind, alert.partner, alert.level) == (
            "host-key-changed",
            "cd",
            Level.URGENT,
        )
        assert "SHA256:" in alert.sentence
        assert here.opened()["cd"] == []


async def test_hubee_lost_in_the_middle_of_a_round_is_made_up_for_in_the_next(
    drawn: Drawing, tmp_path: Path
) -> None:
    week = week_of(drawn("08").folder)
    async with town(
        tmp_path / "t", week, patience=Patience(tries=1)
    ) as here:  # HubEE waits by itself
        await here.round(_at("réception", here.standing.hub.cut))
        assert await here.failures() != {}
        await here.standing.hub.start()
        await here.rounds()
        assert await here.failures() == {}
        check_all_done_once(here)
        for name in ("coordonnees-allocataire.txt", "coordonnees-allocataire-defauts.txt"):
            assert [status for status, _ in here.fate(name).heard] == ["IN_PROGRESS", "DONE"]
            assert not here.fate(name).waits
