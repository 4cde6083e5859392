"""The workflows call what exists, pin the actions they use, ask for few rights, and report failures."""

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
WORKFLOWS = {path.stem: yaml.safe_load(path.read_text()) for path in (ROOT / ".github" / "workflows").glob("*.yml")}
ACTIONS = {
    path.parent.name: yaml.safe_load(path.read_text()) for path in (ROOT / ".github").glob("actions/*/action.yml")
}
STEPS = {
    **{f"{name}: {job}": body["steps"] for name, flow in WORKFLOWS.items() for job, body in flow["jobs"].items()},
    **{name: action["runs"]["steps"] for name, action in ACTIONS.items()},
}
TARGETS = set(re.findall(r"(?m)^([\w-]+):", (ROOT / "Makefile").read_text()))


def test_there_is_a_tier_for_pull_requests_nights_and_weeks():
    triggers = {name: flow[True] for name, flow in WORKFLOWS.items()}  # YAML reads `on` as true
    assert set(triggers) == {"pull-request", "nightly", "weekly"}
    assert set(triggers["pull-request"]) == {"pull_request"}
    assert set(triggers["nightly"]) == {"push", "schedule", "workflow_dispatch"}
    assert set(triggers["weekly"]) == {"schedule", "workflow_dispatch"}


@pytest.mark.parametrize("place", STEPS)
def test_what_a_step_calls_exists(place):
    for step in STEPS[place]:
        for line in step.get("run", "").splitlines():
            program, *arguments = line.split()
            if program == "make":
                assert set(arguments) <= TARGETS, line
            elif "/" in program:
                assert os.access(ROOT / program, os.X_OK), line
            else:
                assert program in ("apt-get", "python"), line
        if uses := step.get("uses"):
            local = uses.startswith("./") and (ROOT / uses / "action.yml").exists()
            assert local or re.fullmatch(r"actions/[\w/-]+@v\d+", uses), uses
            if local:
                assert set(step.get("with", {})) <= set(ACTIONS[Path(uses).name]["inputs"])


@pytest.mark.parametrize("name", WORKFLOWS)
def test_rights_are_few_and_time_is_limited(name):
    assert WORKFLOWS[name]["permissions"] == {"contents": "read"}
    for job, body in WORKFLOWS[name]["jobs"].items():
        granted = {right for right, level in body.get("permissions", {}).items() if level == "write"}
        needed = {"publish": {"pages", "id-token"}, "notebooks": {"contents"}, "report": {"issues"}}
        assert granted == needed.get(job, set())
        assert granted or body["timeout-minutes"] <= 60


@pytest.mark.parametrize("name", ["nightly", "weekly"])
def test_a_failure_in_any_job_of_a_scheduled_run_is_reported(name):
    jobs = WORKFLOWS[name]["jobs"]
    assert set(jobs["report"]["needs"]) == set(jobs) - {"report"}
    assert jobs["report"]["if"] == "failure() && github.event_name == 'schedule'"


GH = """#!/usr/bin/env bash
printf '%s|' "$@" >> "$CALLS"
echo >> "$CALLS"
if [ "$2" = list ]; then echo "$OPEN"; fi
"""


@pytest.mark.parametrize(
    ("already_open", "call"), [("", "issue|create|--title|The nightly run fails|"), ("7", "issue|comment|7|")]
)
def test_a_failure_opens_one_issue_and_then_comments_on_it(already_open, call, tmp_path):
    (tmp_path / "gh").write_text(GH)
    (tmp_path / "gh").chmod(0o755)
    run = {"WORKFLOW": "nightly", "SERVER_URL": "https://host", "REPOSITORY": "a/b", "RUN_ID": "12", "SHA": "abc"}
    environment = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "CALLS": str(tmp_path / "calls"),
        "OPEN": already_open,
        **{f"GITHUB_{name}": value for name, value in run.items()},
    }
    subprocess.run([ROOT / ".ci" / "report"], env=environment, check=True)
    question, answer = (tmp_path / "calls").read_text().splitlines()
    assert question.startswith("issue|list|--state|open|")
    assert answer.startswith(call) and answer.endswith("|--body|https://host/a/b/actions/runs/12 at abc|")
