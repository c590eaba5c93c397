"""Numbers that both sides of a wire must agree on: plain constants, imported by the firmware and (as `nyala.wire`) by
the host."""
