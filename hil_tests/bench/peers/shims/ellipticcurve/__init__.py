"""starkbank-ecdsa without keys and formats."""
