#!/bin/sh
# The last thing of a first start, when the database is there; nobody has been let in so far, and nobody is before it is
# certain that the mark does not come back.
rm -f "${PGDATA%/*}/initialising"
sync
