"""Scanned → Checked: the contract decides, row by row, and says where and why without a value.

A list whose name announces its rows must have them all: nothing else says that it is whole.
`FileRefused` of the contract becomes our `Refused`; the report travels with it, so that a file
refused for too many rejects still tells its sender which lines.
"""

from gateway.delivery import Checked, Scanned
from schemas.check import check as check_against
from schemas.contract import Contract
from schemas.laws import check_announced


def check(scanned: Scanned, contract: Contract, departement: str, name: str = "") -> Checked:
    """Read the clear text against its contract. Raises `schemas.reading.FileRefused`."""
    opened = scanned.opened
    reading = check_against(opened.path, contract, departement=departement)
    check_announced(contract.parse_name(name) or {}, reading.report.read)
    return Checked(opened, reading, scanned.by)
