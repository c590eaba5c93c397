"""The world around a terminal on a test bench: its power, its keys, the cards held to it, and what it shows."""
