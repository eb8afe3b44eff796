"""The language of the program: values, the position fold, excursions, statistics, snapshots. Pure."""
