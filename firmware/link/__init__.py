"""The link to the host (docs/link-protocol.md): frames, session, uploads, and one handler a command in `commands/`."""
