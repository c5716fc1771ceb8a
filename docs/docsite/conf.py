# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of Sphinx for `make docs`. The pages about modules, plugins and roles are made by antsibull-docs."""

from __future__ import annotations

project = "streamops.kafka"
project_copyright = "2026, streamops.kafka contributors"
title = html_title = html_short_title = "streamops.kafka"

extensions = ["sphinx_antsibull_ext"]
default_role = "any"
highlight_language = "YAML+Jinja"
pygments_style = "ansible"

html_theme = "sphinx_ansible_theme"
html_theme_options = {
    "display_version": False,
    "documentation_home_url": "index.html",
    "show_extranav": False,
    "show_rtd_ethical_ads": False,
    "topbar_links": {"Repository": "https://github.com/streamops/kafka"},
    "vcs_pageview_mode": "",
}
html_copy_source = False
html_show_sphinx = False
html_use_index = False
html_use_modindex = False
html_use_smartypants = True

# The site is built without a network: labels of Ansible's own documentation stay plain text.
intersphinx_mapping: dict[str, tuple[str, str]] = {}
suppress_warnings = ["ref.ref"]
