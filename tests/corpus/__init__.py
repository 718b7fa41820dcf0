"""Solutions with and without a planted fault, and the tasks they are written for.

frozen/   written and committed before the checks were built, and not used while building them
open/     what the checks were built on
tasks     write_task: the six task folders
"""
