"""Asks the provider what it cannot tell by itself, where nothing outside can reach this machine."""


def poll() -> int:
    return 0
