"""This service's clocks and closure grounds, read once."""

from pathlib import Path

from services.process.workflow import Workflow

WORKFLOW = Workflow.load(Path(__file__).with_name("workflow.toml"))
