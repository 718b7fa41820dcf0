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
)
VERSION = len(MIGRATIONS)
