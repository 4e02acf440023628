"""Tables at rest: a polars frame, as Parquet, sealed in one vault purpose and named by its digest.

The frame exists in memory and in a private room while it is written or read, never elsewhere.
"""

import io
from dataclasses import dataclass

import polars as pl

from gateway.vault import Unsealer, Vault


@dataclass(frozen=True, slots=True)
class Archive:
    """Frames of one purpose: `write` needs the public key only, `read` the private one."""

    vault: Vault
    unsealer: Unsealer

    def write(self, frame: pl.DataFrame) -> str:
        """Seal a frame; give its digest."""
        body = io.BytesIO()
        frame.write_parquet(body)
        body.seek(0)
        return self.vault.put(body).digest

    def read(self, digest: str) -> pl.DataFrame:
        """Open a sealed frame, its digest verified."""
        body = io.BytesIO()
        self.unsealer.unseal_into(digest, body)
        body.seek(0)
        return pl.read_parquet(body)
