"""Who is who inside one département: what links surely (grades A to C), what people decide, or not at all.

The identity index names a random *subject* for each identity a partner speaks of (a CD's `ID_CD`, a
CNAF request and role, a PE identifier). A *person* is what `resolve` makes of the subjects: nothing
is merged in storage, so the same files in any order give the same persons, and a corrected
identity undoes a link by itself. The index is sealed; it is opened only inside a durable step, and for
an operator who judges a link (`disclosure`).

    names · index → households → passes (pairing) → residue (scorer) → attached → resolve
"""
