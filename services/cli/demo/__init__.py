"""The demo: the published year 2024, replayed with fictional people and companies."""
