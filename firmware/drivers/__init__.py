"""Drivers of the parts that hardware.py asks for. Only boards/*/board.py imports them."""
