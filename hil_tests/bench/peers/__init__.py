"""Other people's ECDSA, to be measured beside the firmware's: see README.md."""
