"""Everything that became of a run, on both sides, in a form that two runs can be compared by.

Moments, durations and ledger numbers are left out: a run that was killed and resumed has others.
"""

from collections import Counter
from typing import Any

from sqlalchemy import create_engine, select

from connectors.sandbox.hubee import HubeeSandbox, Sight
from gateway.store.tables import DELIVERY, RELEASE
from tests.trials.scene import Scene
from tests.world.town import read_ledger

OF_DELIVERY = ("id", "flow", "verdict", "code", "digest", "size", "rows_read", "rows_accepted")
OF_RELEASE = ("id", "product", "recipient", "name", "sha256", "rows", "delivered")


def picture(scene: Scene, hub: HubeeSandbox) -> dict[str, Any]:
    """The whole of it."""
    engine = create_engine(f"sqlite:///{scene.var / 'passerelle.sqlite'}")
    try:
        with engine.connect() as connection:
            deliveries = connection.execute(select(DELIVERY)).all()
            releases = connection.execute(select(RELEASE)).all()
    finally:
        engine.dispose()
    sealed = (scene.var / "coffre" / "reception").glob("??/*.age")
    return {
        **_of_hub(hub.state()),
        "deliveries": sorted(
            [str(getattr(row, name)) for name in OF_DELIVERY] for row in deliveries
        ),
        "acknowledged": sum(row.acknowledged_at is not None for row in deliveries),
        "releases": sorted([str(getattr(row, name)) for name in OF_RELEASE] for row in releases),
        "vault": sorted(path.name for path in sealed),
        "ledger": Counter((e["act"], e["subject"]) for e in read_ledger(scene.var / "journal")),
        "extracts": scene.opened(),
    }


def _of_hub(seen: Sight) -> dict[str, Any]:
    cases = sorted(seen.cases.values(), key=lambda case: case.external_id)
    return {
        "statuses": {case.external_id: case.status for case in cases},
        "said": {
            case.external_id: [e.new_status for e in case.events if e.transmitter.type == "SI"]
            for case in cases
        },
        "read": {
            case.external_id: [e.status for e in case.events if e.transmitter.type == "OSL"]
            for case in cases
        },
        "waiting": seen.waiting_for_recipients(),
    }
