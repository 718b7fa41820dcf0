"""The journal on disk.

schema   its tables, version by version     sqlite  opens it, and reads its rows
writing  one batch, one transaction
reading  rows as messages                   damage  what a broken one still tells
"""

from gome.store.sqlite import SqliteJournal, open_journal, read_journal

__all__ = ["SqliteJournal", "open_journal", "read_journal"]
