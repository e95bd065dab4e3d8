"""Processes of ours that a group measures, where a service itself is not what is measured."""
