"""Work that is killed at any moment leaves whole files, and is taken up where it was."""

import signal

import pytest

from tests.soak.kills import run_kills


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="the system has no SIGKILL")
def test_killed_work_leaves_whole_files_and_goes_on(tmp_path):
    report = run_kills(6, tmp_path)
    assert report.failures == []
    assert (report.saving, report.batch, report.training) == (2, 2, 2)
