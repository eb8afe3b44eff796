"""The practice exchange: a DTC server of our own, so that the whole program runs with no broker."""
