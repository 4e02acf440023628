"""The indicators of a département, from its sealed journeys to what those who pilot read.

`observing` opens the journeys (pseudonyms, never identities); `desk` shows them inside or publishes an edition;
`page` and `files` write it.
"""
