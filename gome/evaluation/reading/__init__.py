"""What a program's code says of its own validation, read with `ast` and never run.

findings   read: a program in, checks out        reader       statements, in their order
values     what is tracked of a value            expressions  what each stands for; taking: parts of things
memory     names, loops, splits, prints          calls        the program's own; library, methods: the others
scores     how they arise, the best of several   luck         by how much the best of several is too good
gathering  labels by groups, neighbours, classes     arithmetic   scores computed and changed by hand
cutting    rows cut, drawn and picked by hand    pieces       small things
known      names of the usual libraries          saying       which line tells the score
"""

from gome.evaluation.reading.findings import claimant, read

__all__ = ["claimant", "read"]
