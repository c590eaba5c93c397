"""Nyala's host tools: provision terminals, read their vouchers, reconcile them, acknowledge them.

Every command of the `nyala` program is one function here, callable without the command line.
"""
