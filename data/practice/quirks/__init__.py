"""Manners of Sierra Chart's that the practice exchange can take on, each switched by its name."""
