"""python-ecdsa without keys, curves and formats."""
