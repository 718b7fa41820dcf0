"""A run's decisions, taken again from what is on record: no task, no model, no trial, no plugin is needed.

recording   what a journal holds                 stage   the five actors, with stand-ins for the world
handling    one answer, worked out step by step  play    all of them, in the order of the run
difference  where an answer differs             branch  a new run from where an old one once stood
"""

from gome.replay.branch import branch
from gome.replay.difference import Difference
from gome.replay.play import Replayed, replay
from gome.replay.recording import Recording, load

__all__ = ["Difference", "Recording", "Replayed", "branch", "load", "replay"]
