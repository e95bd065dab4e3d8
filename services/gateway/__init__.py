"""The one HTTP door: JSON from the protos, the page for people. It decides nothing."""
