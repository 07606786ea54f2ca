"""Weekly counts in, alarms out: which themes count more than their past and their family's volume explain.

Reading path: `scan` -> counts known by then -> exposure -> expected counts -> p-values -> decision. Pure: no
files, no clock, no randomness."""

from service.trends.counts import CountSeries
from service.trends.judgement import Judgement
from service.trends.scan import scan, scan_last
from service.trends.segments import explain
from service.trends.settings import TrendSettings

__all__ = ["CountSeries", "Judgement", "TrendSettings", "explain", "scan", "scan_last"]
