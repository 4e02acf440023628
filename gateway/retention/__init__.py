"""What is kept no longer: purges by date, people without a reason left to be known, persons erased.

`keeping` applies a retention whole, `trimming` rewrites files and indexes; `erasing` removes one person
from everything, whom `whereabouts` finds.
"""
