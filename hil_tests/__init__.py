"""Tests of the whole terminal on a bench: the simulator, an ESP32 emulator, or a real board."""
