"""Where prices come from: files of ticks, read as they are."""
