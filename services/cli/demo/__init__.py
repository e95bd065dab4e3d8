"""The demo: the published complaint year 2024, replayed with fictional people and companies."""
