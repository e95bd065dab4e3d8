"""Triage of a complaint's text: what it is about, how grave it is, and what made us say so.

Pure: text in, suggestion out. An officer decides; nothing here stores or sends anything.
"""
