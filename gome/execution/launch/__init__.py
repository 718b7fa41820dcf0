"""Start one program, watch it, and kill all that it started: one supervisor a trial, and no gome inside.

main        watch, report                    order      what to run, and within which limits
start       fork, confine, exec              confine    what the program must not have
namespaces  a world of its own               landlock   which files it may touch
kernel      system calls                     groups     what the kernel's control groups hold
tree        the descendants                  disk       what they keep on disk
memory      what they keep in memory         held       what they have open or mapped
look        by a thread
log         one output stream              warden     the same care for a program that is trusted
zygote      what supervisors fork from     fork       what such forks have of it
script      a program in such a fork

It runs isolated, with nothing but the standard library, and imports only relatively: `sys.path` holds this
package's parent, not gome. That keeps it quick and out of reach of what is installed beside it.

First line of stdin: the order, as JSON. End of stdin: the runtime has cancelled or died, so the tree dies.
Last line of stdout: the order's token and the report, as JSON. Neither the token nor where the report is kept ever
reaches the process that becomes the program; a fork of a worker can find the rest of its order in its own memory.
"""
