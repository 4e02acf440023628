"""One département's week on this machine: partners in a sandbox, a real gateway, and what each receives."""
