"""What is remembered, in SQL: references, counts, verdicts; never a person.

Every function that changes something takes the ledger `Entry` of the act and writes both in one
transaction: forgetting the entry does not type-check.
"""
