"""This service's clocks, read once."""

from pathlib import Path

from services.process.law import Law

LAW = Law.load(Path(__file__).with_name("workflow.toml"))
WORKFLOW = LAW.base
