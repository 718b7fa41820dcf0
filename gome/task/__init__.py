"""What is to be solved: a task folder read, its data profiled, its rows split.

load      a folder in, a Task out; bad input in one line    profile   what the tables look like
split     which rows are held out                           views     the folders that solutions see
init      a task folder from one table                      examples  seven tasks to try things on
copies  rows that are there twice, or nearly         kin  rows of one thing that no column names
own  rows that programs hold out by themselves
giveaways  columns and pairs that tell too much
fingerprint  of the data and its split               room      whether it fits on the disk
"""

from gome.task.examples import EXAMPLES, example_answers, write_example
from gome.task.init import init_task
from gome.task.load import load_task, read_tables
from gome.task.measure import ResolvedMetric, ResolveMetric
from gome.task.profile import profile
from gome.task.split import Split, split
from gome.task.tables import Tables, label_text, read_table
from gome.task.task import Task
from gome.task.views import Held, Views, write_views

__all__ = [
    "EXAMPLES",
    "Held",
    "ResolveMetric",
    "ResolvedMetric",
    "Split",
    "Tables",
    "Task",
    "Views",
    "example_answers",
    "init_task",
    "label_text",
    "load_task",
    "profile",
    "read_table",
    "read_tables",
    "split",
    "write_example",
    "write_views",
]
