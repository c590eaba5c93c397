"""Codes of `fault` entries; the detail says which task, gauge fault or error."""

TASK_DIED = 1
GAUGE_FAULT = 2
READER_FAULT = 3
EVENTS_LOST = 4
COMMAND_FAILED = 5
