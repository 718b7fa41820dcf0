"""The journal's tables, as an ordered list of migrations. None ever edits a stored message."""

from collections.abc import Sequence

APPLICATION_ID = 0x676F6D65  # "gome": tells our files from other SQLite files

# Migration n brings a journal from version n to n + 1. Only ever append.
MIGRATIONS: Sequence[Sequence[str]] = (
    (
        # seq is the primary key, so that a second writer is refused instead of merged.
        """CREATE TABLE messages (
            seq INTEGER PRIMARY KEY,
            at REAL NOT NULL,      -- seconds since the epoch, wall clock
            cause INTEGER,         -- seq of the message that this one answers
            actor TEXT NOT NULL,   -- who said it; '' for the runtime
            tag TEXT NOT NULL,     -- type of the message
            trace TEXT NOT NULL,   -- '' for messages that concern the whole run
            body TEXT NOT NULL     -- JSON
        ) STRICT""",
        # Messages of one trace are answered in order, so the last one answered stands for all before it.
        """CREATE TABLE cursors (
            actor TEXT NOT NULL,
            trace TEXT NOT NULL,
            seq INTEGER NOT NULL,
            PRIMARY KEY (actor, trace)
        ) STRICT, WITHOUT ROWID""",
        # What costs is done once: outcome is NULL from the moment it begins until it is known to have ended.
        """CREATE TABLE effects (
            key TEXT PRIMARY KEY,
            begun REAL NOT NULL,
            ended REAL,
            outcome TEXT           -- JSON
        ) STRICT, WITHOUT ROWID""",
        """CREATE TABLE about (
            name TEXT PRIMARY KEY, -- 'run', 'created_by'
            value TEXT NOT NULL
        ) STRICT, WITHOUT ROWID""",
    ),
    (
        # How an actor came to what it said to a message: with the effects, enough to work it out again.
        """CREATE TABLE answers (
            number INTEGER PRIMARY KEY,
            actor TEXT NOT NULL,
            heard INTEGER,         -- seq of the message; NULL: it is not recorded, but in body
            body TEXT,             -- JSON
            trace TEXT NOT NULL,   -- the lane it was heard in
            after INTEGER NOT NULL, -- seq of the last message stamped before; the replies follow it
            replies INTEGER NOT NULL, -- how many
            moments TEXT NOT NULL  -- JSON: [{seen, turn, elapsed_s, key, observed, failure}]
        ) STRICT""",
        # A message on which the whole process dies each time must not be tried for ever.
        """CREATE TABLE attempts (
            actor TEXT NOT NULL,
            trace TEXT NOT NULL,
            seq INTEGER NOT NULL,  -- of the message
            count INTEGER NOT NULL, -- times it was delivered again after a crash
            PRIMARY KEY (actor, trace)
        ) STRICT, WITHOUT ROWID""",
        "ALTER TABLE effects ADD COLUMN intent TEXT",  # JSON: what it was begun with, such as what was reserved for it
    ),
)
VERSION = len(MIGRATIONS)
HAS_ANSWERS = 2  # version from which a journal says how answers came about
