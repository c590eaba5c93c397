"""The append-only log on raw NOR flash, kept twice: `journal` for callers, `half` one copy, `sectors` its bytes."""
