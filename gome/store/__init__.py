"""The journal on disk.

schema   its tables, version by version     sqlite  writes it, and reads its rows
reading  rows as messages                   damage  what a broken one still tells
"""

from gome.store.sqlite import SqliteJournal, open_journal, read_journal

__all__ = ["SqliteJournal", "open_journal", "read_journal"]
