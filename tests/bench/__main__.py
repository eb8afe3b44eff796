"""`make bench`: runs every measurement and prints it."""

import sys

from tests.bench import feeds, fill_to_commit, listings, live_ticks

for line in (*fill_to_commit.measure(), *listings.measure(), *feeds.measure(), *live_ticks.measure()):
    sys.stdout.write(line + "\n")
