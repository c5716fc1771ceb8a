# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options that every GitLab module has; goes before the fragment rest."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  url:
    description:
      - Address of the GitLab server, with or without C(/api/v4).
      - The environment variable E(CI_API_V4_URL) or E(CI_SERVER_URL) when not given, which every CI job has.
  token:
    description:
      - A project, group or personal access token. The error for a missing one says which scope and role it needs.
      - The environment variable E(GITLAB_TOKEN) when not given.
      - A CI/CD job token (E(CI_JOB_TOKEN)) is refused, because GitLab does not let it do this.
    type: str
  timeout:
    description:
      - Seconds that one request may take, repetitions included. The default sits out GitLab's rate limits, which are counted per minute.
    default: 120
notes:
  - Tested against a stand-in of GitLab's API that behaves as documented, not run against the real thing.
"""

    PROJECT = r"""
options:
  project:
    description:
      - Id or full path (V(group/project)) of the project.
      - The environment variable E(CI_PROJECT_ID) when not given, which every CI job has.
    type: str
    required: true
"""
