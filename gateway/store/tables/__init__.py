"""The tables, by subject. Whoever adds a file here names its tables below: alembic reads this module."""

from gateway.store.tables.disclosures import DISCLOSURE
from gateway.store.tables.exchange import (
    ABANDONED,
    ACKNOWLEDGEMENT,
    ALERT,
    APPROVAL,
    CROSSING,
    DELIVERY,
    IDENTITY_INDEX,
    PARTITION,
    PARTNER_KEY,
    PARTNER_STATE,
    PARTNER_TEST,
    QUARANTINE,
    RELEASE,
    REPLAY,
)
from gateway.store.tables.ground import LEDGER, METADATA
from gateway.store.tables.indicators import INDICATOR_EDITION
from gateway.store.tables.rules import RULE_CONFIGURATION

__all__ = [
    "ABANDONED",
    "ACKNOWLEDGEMENT",
    "ALERT",
    "APPROVAL",
    "CROSSING",
    "DELIVERY",
    "DISCLOSURE",
    "IDENTITY_INDEX",
    "INDICATOR_EDITION",
    "LEDGER",
    "METADATA",
    "PARTITION",
    "PARTNER_KEY",
    "PARTNER_STATE",
    "PARTNER_TEST",
    "QUARANTINE",
    "RELEASE",
    "REPLAY",
    "RULE_CONFIGURATION",
]
