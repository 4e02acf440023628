"""The tables, by subject. Whoever adds a file here names its tables below: alembic reads this module."""

from gateway.store.tables.api import (
    API_ANSWER,
    API_ASSERTION,
    API_CALL,
    API_CLIENT,
    API_LOCK,
    PICKUP_DAY,
    PUSHED_BATCH,
    WEBHOOK,
    WEBHOOK_POST,
)
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
from gateway.store.tables.habilitations import (
    DATAPASS_EVENT,
    HABILITATION_DEMAND,
    HABILITATION_EVENT,
    HABILITATION_VERSION,
    LEGAL_DOCUMENT,
)
from gateway.store.tables.indicators import INDICATOR_EDITION
from gateway.store.tables.links import LINK_CHANGE, LINK_DECISION, LINK_QUESTION
from gateway.store.tables.pseudonyms import (
    NAMED_FRAME,
    PSEUDONYM_EPOCH,
    PSEUDONYM_MASTER,
    REIDENTIFICATION,
)
from gateway.store.tables.retention import DISCARD, ERASURE, GIVEN_UP, UNTRIMMED
from gateway.store.tables.rules import RULE_CONFIGURATION

__all__ = [
    "ABANDONED",
    "ACKNOWLEDGEMENT",
    "ALERT",
    "API_ANSWER",
    "API_ASSERTION",
    "API_CALL",
    "API_CLIENT",
    "API_LOCK",
    "APPROVAL",
    "CROSSING",
    "DATAPASS_EVENT",
    "DELIVERY",
    "DISCARD",
    "DISCLOSURE",
    "ERASURE",
    "GIVEN_UP",
    "HABILITATION_DEMAND",
    "HABILITATION_EVENT",
    "HABILITATION_VERSION",
    "IDENTITY_INDEX",
    "INDICATOR_EDITION",
    "LEDGER",
    "LEGAL_DOCUMENT",
    "LINK_CHANGE",
    "LINK_DECISION",
    "LINK_QUESTION",
    "METADATA",
    "NAMED_FRAME",
    "PARTITION",
    "PARTNER_KEY",
    "PARTNER_STATE",
    "PARTNER_TEST",
    "PICKUP_DAY",
    "PSEUDONYM_EPOCH",
    "PSEUDONYM_MASTER",
    "PUSHED_BATCH",
    "QUARANTINE",
    "REIDENTIFICATION",
    "RELEASE",
    "REPLAY",
    "RULE_CONFIGURATION",
    "UNTRIMMED",
    "WEBHOOK",
    "WEBHOOK_POST",
]
