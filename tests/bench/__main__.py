"""`make bench`: runs every measurement and prints it."""

import sys

from tests.bench import fill_to_commit, listings

for line in (*fill_to_commit.measure(), *listings.measure()):
    sys.stdout.write(line + "\n")
