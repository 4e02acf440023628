"""The API `/v1`: a system of an organisation, known by its key, asks; each call is allowed, counted and kept.

The file `openapi.json` comes first: every path, scope and answer is read from it, and a function without an
operation, or the other way round, stops the door from opening.
"""
