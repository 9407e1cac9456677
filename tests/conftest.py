"""Tests compute as the programs do: `pipeline` says what libraries may use before NumPy is imported."""

import pipeline  # noqa: F401
