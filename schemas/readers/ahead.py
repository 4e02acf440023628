"""The next batch read while this one is judged: polars leaves a core free, and so does a parser in C.

One batch ahead, never more: memory holds two. A refusal comes where it would have come, after the
batches before it.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from schemas.readers.batch import Batch


def read_ahead(batches: Iterator[Batch]) -> Iterator[Batch]:
    """Yield the same batches in the same order."""
    with ThreadPoolExecutor(1, thread_name_prefix="lecture") as reader:
        coming = reader.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = reader.submit(next, batches, None)
            yield batch
