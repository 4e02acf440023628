"""How much may be asked: a bucket of requests per client, another per address for who is not known yet.

1. A bucket holds `per_minute` requests and fills again evenly; empty, the answer says how long to wait.
2. Buckets are in memory, one set per process: two gateways let twice as much through, at most.
3. Addresses of IPv6 count by /64; at most `MOST` buckets are kept, the full ones are forgotten first.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from math import ceil
from typing import Final

MOST: Final = 20_000
POLICY, LEFT = "RateLimit-Policy", "RateLimit"


@dataclass(slots=True)
class Bucket:
    """What is left, at a time of `time.monotonic()`."""

    left: float
    at: float


@dataclass
class Limit:
    """One bucket per key."""

    per_minute: int
    clock: Callable[[], float] = time.monotonic
    buckets: dict[str, Bucket] = field(default_factory=dict)

    def take(self, key: str) -> float:
        """Take one; give 0, or the seconds to wait when there is none."""
        wait = self.wait(key)
        if not wait:
            self.buckets[key].left -= 1
        return wait

    def wait(self, key: str) -> float:
        """Seconds until there is one; 0 when there is."""
        bucket = self._filled(key)
        return 0.0 if bucket.left >= 1 else (1 - bucket.left) * 60 / self.per_minute

    def headers(self, key: str) -> Mapping[str, str]:
        """What is left, said as the IETF's RateLimit headers say it."""
        bucket = self._filled(key)
        whole = ceil((self.per_minute - bucket.left) * 60 / self.per_minute)
        return {
            POLICY: f'"appels";q={self.per_minute};w=60',
            LEFT: f'"appels";r={int(bucket.left)};t={max(whole, 0)}',
        }

    def _filled(self, key: str) -> Bucket:
        now = self.clock()
        bucket = self.buckets.get(key)
        if bucket is None:
            if len(self.buckets) >= MOST:
                self._forget(now)
            bucket = self.buckets[key] = Bucket(float(self.per_minute), now)
        gained = (now - bucket.at) * self.per_minute / 60
        bucket.left, bucket.at = min(float(self.per_minute), bucket.left + gained), now
        return bucket

    def _forget(self, now: float) -> None:
        full = [key for key, bucket in self.buckets.items() if now - bucket.at >= 60]  # noqa: PLR2004 - a minute fills it
        for key in full or list(self.buckets)[: MOST // 2]:
            del self.buckets[key]


def counted_as(address: str) -> str:
    """How an address counts: itself, or the /64 it is in."""
    try:
        read = ip_address(address)
    except ValueError:
        return ""
    if isinstance(read, IPv6Address):
        if read.ipv4_mapped is not None:
            return str(read.ipv4_mapped)
        return str(IPv6Address(int(read) >> 64 << 64))
    return str(read)
