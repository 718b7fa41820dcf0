"""Solutions with and without a planted fault, and the tasks they are written for.

frozen/       written and committed before the checks were; looked at since
open/         what the checks were built on
unseen/       written by somebody who had not seen the checks, and first run on checks that nobody had mended
              for it; a miss in it that is looked into is spent: the next figure to be trusted needs new programs
tasks         write_task: the fourteen task folders
unseen_tasks  the six that the unseen programs are written for
"""
