"""Emulated parts: what the drivers find at the other end of a bus, down to registers, frames and pins."""
