"""Spoil clean files at chosen rates, and say where: one catalogue of kinds, by flow."""
