"""Grades a submission with the course's own program.

Classroom 50 runs this in the student's checkout, with everything beside this file in place,
and reads result.json. A grading that ends is exit code 0, whatever the points are.
"""

import os
import subprocess
import sys
from pathlib import Path

COURSE = Path(__file__).resolve().parent / "course"
TARGET = Path(os.environ.get("RUNNER_TEMP", COURSE)) / "target"
SUBMISSION = Path.cwd()

# The whole job has fifteen minutes, and the first thing is to build the program.
SECONDS = 480


def run(*command):
    environment = {**os.environ, "CARGO_TARGET_DIR": str(TARGET)}
    subprocess.run([str(word) for word in command], cwd=COURSE, env=environment, check=True)


try:
    run("cargo", "build", "--locked", "--package", "course-admin")
    run("cargo", "fetch", "--locked")
    run(
        TARGET / "debug" / "course-admin", "grade", SUBMISSION,
        "--format", "classroom50", "--output", SUBMISSION / "result.json",
        "--exit-zero", "--jobs", "1", "--from", "one", "--seconds", SECONDS@UNTIL@,
    )
except (OSError, subprocess.CalledProcessError) as error:
    print(f"::error::the submission was not graded: {error}", file=sys.stderr)
    sys.exit(1)
