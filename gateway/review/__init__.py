"""What people read of a crossing: one person's explanation, how the rules fall, what a change would do.

Everything here reads and nothing decides. `person` opens the vaults for one person; the others turn frames
into documents, pages and drawings, in French.
"""
