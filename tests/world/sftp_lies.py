"""Every way our lying SFTP server can lie: a closed list. Each has a test of its name at least.

Who tells them: `sftp_liar.py` what stands on its disk, `sftp_wire.py` what it says on the line.
"""

from enum import StrEnum, auto


class Lie(StrEnum):
    """One way to lie."""

    # what is read
    SHORT_READS = auto()  # a third of what was asked, each time
    LONG_READS = auto()  # more than what was asked
    WRONG_BYTES = auto()  # as many as asked, and others
    EARLY_END = auto()  # the end of the file is said at its half
    END_INSIDE = auto()  # the end is said of one block; those after it are given
    NOTHING_INSIDE = auto()  # no byte is given of one block; those after it are given
    GROWS = auto()  # longer at each read
    SHRINKS = auto()  # cut at its half by the first read
    CHANGES = auto()  # other bytes, as many, from the first read on

    # what is listed
    SHOWS_GONE = auto()  # a file that is not there
    HIDES = auto()  # nothing of what is there
    VANISHES = auto()  # what was listed is gone when it is opened
    TWICE = auto()  # each name twice, with another size
    STRANGE_NAMES = auto()  # `Liar.names`, besides what is there
    ENDLESS_NEW = auto()  # for ever, names never seen
    ENDLESS_SAME = auto()  # for ever, the same name
    ENDLESS_SLOW = auto()  # for ever, one name from time to time

    # what is said of a file
    TOO_BIG = auto()  # everywhere: one byte more than there is
    TOO_SMALL = auto()  # everywhere: one byte less than there is
    LISTED_BIG = auto()  # in the listing only
    NO_SIZE = auto()
    NO_DATE = auto()
    FAR_DATE = auto()  # the last second that the protocol can say: -1, or the year 2106
    FOLDER_AS_FILE = auto()  # a folder is said to be a regular file
    LINK_AS_FILE = auto()

    # what is written
    DROPS_BYTES = auto()  # the end of each write is acknowledged and not stored
    OTHER_BYTES = auto()  # as many bytes, and others, are stored
    DISK_FULL = auto()  # after the first block
    LATE_FAILURE = auto()  # every write is acknowledged, then closing fails
    RENAME_REFUSED = auto()
    RENAME_NOTHING = auto()  # acknowledged and not done
    RENAME_REPLACES = auto()  # whatever stood there is replaced
    REMOVE_NOTHING = auto()  # acknowledged and not done
    ARCHIVE_FORBIDDEN = auto()

    # what is said on the line
    OTHER_ORDER = auto()  # the last asked is the first answered
    UNASKED = auto()  # answers to requests that were never made
    MALFORMED = auto()  # answers cut in their middle
    OTHER_KIND = auto()  # an answer of the kind another request would have
    OTHER_VERSION = auto()  # a version of the protocol that nobody asked for
    MUTE = auto()  # the session opens, and nothing is ever answered
    MUTE_AFTER_OPENING = auto()  # files and folders are opened, and nothing more is answered
