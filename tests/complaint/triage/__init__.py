"""Triage of texts: rules, weights, and how well they do on texts that they have not seen."""
