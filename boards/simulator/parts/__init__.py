"""Emulated parts: what the drivers find at the other end of a bus. Registers, frames and pins, as the datasheets have them."""
