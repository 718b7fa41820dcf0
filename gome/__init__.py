"""gome: an async, event-driven agent runtime that does machine-learning engineering on its own."""
