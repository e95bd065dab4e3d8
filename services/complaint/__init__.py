"""The complaint deputy: intake, triage, hand-over, answer, closing."""
