"""Codes of `fault` entries; the detail says which task, gauge fault or error."""

TASK_DIED = 1
JOURNAL_FAULT = 2
GAUGE_FAULT = 3
EVENTS_LOST = 4
READER_FAULT = 5
