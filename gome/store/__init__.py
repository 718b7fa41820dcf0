"""The journal on disk.

schema  its tables, version by version     sqlite  reads and writes it
"""

from gome.store.sqlite import SqliteJournal, open_journal, read_journal

__all__ = ["SqliteJournal", "open_journal", "read_journal"]
