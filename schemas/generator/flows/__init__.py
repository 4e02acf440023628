"""The other flows of an invented département: one file per layout, all telling of the same people."""
