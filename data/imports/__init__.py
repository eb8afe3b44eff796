"""Files of other platforms, read as they are."""
