"""From a lithium-ion cell's open-circuit voltage to its charge.

Rest voltages of NMC 18650 cells at 25 degrees; 0 is where a loaded cell still stays above the safe write voltage, not
where the cell is empty: the last few percent are not ours to spend.
"""

# (open-circuit millivolts, permille of the charge that is ours), falling.
_CURVE = (
    (4170, 1000),
    (4060, 900),
    (3970, 800),
    (3890, 700),
    (3820, 600),
    (3750, 500),
    (3700, 400),
    (3650, 300),
    (3590, 200),
    (3500, 100),
    (3420, 50),
    (3250, 0),
)


def charge_permille(open_circuit_mv: int) -> int:
    """Return the charge, 0..1000, at an open-circuit voltage; straight lines between the points of the curve."""
    above_mv, above = _CURVE[0]
    if open_circuit_mv >= above_mv:
        return above
    for below_mv, below in _CURVE:
        if open_circuit_mv >= below_mv:
            return below + (above - below) * (open_circuit_mv - below_mv) // (above_mv - below_mv)
        above_mv, above = below_mv, below
    return 0
