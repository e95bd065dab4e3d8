"""Makes the weights of complaint's triage: generated texts, their noise, and the fit."""
