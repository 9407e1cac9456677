"""Alarms during training: the metric followed over the steps, and what is judged from it."""
