"""HTTP to rules, one file per kind of object; nothing is decided here."""
