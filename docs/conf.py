"""How Sphinx builds the documentation: `make docs`, without a network."""

from __future__ import annotations

import sys
from pathlib import Path

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

project = "Scratch Denoiser"
author = "Scratch Denoiser developers"
copyright = "Scratch Denoiser developers"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "_templates"]

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
autosummary_generate = True
templates_path = ["_templates"]
autosummary_ignore_module_all = False
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_default_options = {"members": True, "show-inheritance": True}
napoleon_custom_sections = ["Source", "Sources"]
napoleon_use_ivar = True
# Pages link to files of the project beside them, which have no page here.
suppress_warnings = ["myst.xref_missing"]

html_theme = "alabaster"
html_theme_options = {"description": "Photos denoised by networks made from scratch"}
html_math_renderer = "mathml"


def _inline_math(translator, node: nodes.math) -> None:
    translator.body.append(tex2mathml(node.astext(), as_block=False))
    raise nodes.SkipNode


def _math_block(translator, node: nodes.math_block) -> None:
    translator.body.append(f'<div class="math">{tex2mathml(node.astext(), as_block=True)}</div>')
    raise nodes.SkipNode


def setup(app) -> None:
    """Render formulas as MathML, which browsers show without any script."""
    app.add_html_math_renderer("mathml", (_inline_math, None), (_math_block, None))
