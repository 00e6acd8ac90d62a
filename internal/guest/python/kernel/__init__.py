"""The kernel: what runs executions inside the Python guest.

It is imported once, at build time, by the boot script, and frozen with the
interpreter. Its parts:

    execute   one execution, from request to exit code
    show      results: display() and the value of a last expression
    errors    tracebacks as people and programs want them
    threads   threads without threads: one after another, when somebody waits
    loop      asyncio without sockets
    absent    what the wasm runtime does not have, and says so

The names of its files mark its frames, so that tracebacks can leave them out.
"""

HOME = "/usr/lib/python3.13/_kernel/"
