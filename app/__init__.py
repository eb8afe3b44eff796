"""The only place that knows everybody: command line, composition, controllers, window."""
