"""The changelog has a section for every release, newest first, and the code is the newest one."""

from __future__ import annotations

import re

from packaging.version import Version

from tests.markdown import PROJECT

HEADING = re.compile(r"^## \[([^\]]+)\](?: - (\d{4}-\d{2}-\d{2}))?$", flags=re.MULTILINE)


def test_sections_are_dated_releases_below_what_is_unreleased() -> None:
    headings = HEADING.findall((PROJECT / "CHANGELOG.md").read_text(encoding="utf-8"))
    assert headings[0] == ("Unreleased", "")
    versions = [Version(name) for name, _ in headings[1:]]
    dates = [date for _, date in headings[1:]]
    assert versions == sorted(set(versions), reverse=True)
    assert all(dates)
    assert dates == sorted(dates, reverse=True)
    text = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{versions[0]}"' in text
