"""Passerelle: files come in, are understood without being kept, and leave only when authorised.

Three paths, each a short function one can read aloud:

- `passage/reception.py`: collect → unseal → check → link → pseudonymise → keep → acknowledge
- `passage/crossing.py`:  journeys → signals with their evidence
- `passage/release.py`:   grant → extract → seal → ledger → deliver

Nothing happens unwritten: every act and every refusal is a ledger entry, and no release leaves
before its entry is in a signed checkpoint.
"""

__version__ = "0.1.0"
