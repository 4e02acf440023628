"""Invented départements: seeded, coherent, with the results that must come of them."""

from schemas.generator.departement import write_departement
from schemas.generator.truth import Truth

__all__ = ["Truth", "write_departement"]
