"""The DTC protocol: bytes in, facts out. Only `link` owns a socket."""
