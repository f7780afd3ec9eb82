"""Captures of applications that are built, not recorded: a function each, which returns the file's bytes."""
from packets import *

#: Path below Fixtures, and what makes it.
SCENARIOS = {
}
