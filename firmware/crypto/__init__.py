"""P-256 signatures (ES256) for the terminal: sign and verify in `ecdsa`, HMAC in `hmac`, nonces in `rfc6979`."""
