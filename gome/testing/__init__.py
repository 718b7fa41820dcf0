"""What ships for tests, ours and those of plugin authors; each fake passes the contract of the real part.

crash      kill actors at every commit        permute, Scheduler  let them hear in any order
killing    kill -9 of whole runs
quickrun   whole runs in seconds              samples             messages made up from their types
journal, runner, model, scripted, server      parts of the world that follow a script
"""

from gome.testing.crashing import Crashed, Lost, crash
from gome.testing.life import DoneTwice, LaneBroken
from gome.testing.scheduling import Scheduler, permute

__all__ = ["Crashed", "DoneTwice", "LaneBroken", "Lost", "Scheduler", "crash", "permute"]
