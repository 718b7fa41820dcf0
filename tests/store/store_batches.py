"""Batches as a bus would make them."""

from gome.journal import Answer, Batch, Record


def batch(first=1, count=1, *, cursors=None, effects=(), size=0):
    made = Batch()
    made.records = [
        Record(seq, 1.5, seq - 1 or None, "a", "t/x", "t1", f'{{"n":{seq},"text":"{"x" * size}"}}')
        for seq in range(first, first + count)
    ]
    made.answers = [Answer("a", seq, None, "t1", seq, 1, "[]") for seq in range(first, first + count)]
    made.cursors = dict(cursors or {})
    made.effects = list(effects)
    return made
