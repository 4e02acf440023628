"""The append-only audit log, as a public C2SP transparency log that others verify without us.

An act is appended in the transaction that makes it true (`append`), published as static signed files
(`publish`), proven by a receipt (`receipt`), and verified offline by anyone (`verify`).
"""

from gateway.ledger.checkpoint import Checkpoint
from gateway.ledger.entry import Act, Entry, check_commitment, commit, new_salt
from gateway.ledger.errors import LedgerBroken
from gateway.ledger.export import export
from gateway.ledger.keys import Signer, VerifierKey, load_signer, new_signer_key, save_signer
from gateway.ledger.log import append
from gateway.ledger.proof import Proven, verify_receipt
from gateway.ledger.publish import publish
from gateway.ledger.receipt import published_entry, receipt
from gateway.ledger.reconcile import check_database
from gateway.ledger.tables import LedgerTables, define
from gateway.ledger.verify import KeyFrom, Verification, verify

__all__ = [
    "Act",
    "Checkpoint",
    "Entry",
    "KeyFrom",
    "LedgerBroken",
    "LedgerTables",
    "Proven",
    "Signer",
    "Verification",
    "VerifierKey",
    "append",
    "check_commitment",
    "check_database",
    "commit",
    "define",
    "export",
    "load_signer",
    "new_salt",
    "new_signer_key",
    "publish",
    "published_entry",
    "receipt",
    "save_signer",
    "verify",
    "verify_receipt",
]
