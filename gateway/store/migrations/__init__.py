"""The schema, migration by migration: never edited once released, only followed by another."""
