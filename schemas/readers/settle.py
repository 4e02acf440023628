"""The contract of one very file: what its bytes and its header say of how it is laid out.

1. Of the encodings accepted, the one its bytes show (`schemas.readers.bytes`).
2. Of the arrangements, the one its header names: nothing is required of a column it leaves out.
"""

from dataclasses import replace
from pathlib import Path

from schemas.contract import Contract
from schemas.readers.bytes import check_bytes
from schemas.readers.delimited import columns_of


def settle(path: Path, contract: Contract) -> Contract:
    """Give the contract this file is to be read and judged by. Raises `FileRefused`."""
    settled = replace(contract, encoding=check_bytes(path, contract))
    if not contract.arrangements:
        return settled
    found = columns_of(path, settled)
    columns = tuple(
        column if column.name in found else replace(column, required=False)
        for column in contract.columns
    )
    return replace(settled, columns=columns)
