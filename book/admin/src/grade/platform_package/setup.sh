#!/usr/bin/env bash
# Runs once, when Gradescope makes the image in which submissions are graded: installs Rust,
# and builds what every grading needs. Grading itself is then quick and needs no network.
set -euo pipefail

root="${AUTOGRADER_ROOT:-/autograder}"
course="$root/source/course"
export CARGO_HOME="$root/source/rust/cargo" RUSTUP_HOME="$root/source/rust/rustup"
export RUSTUP_TOOLCHAIN='@TOOLCHAIN@' DEBIAN_FRONTEND=noninteractive
export PATH="$CARGO_HOME/bin:$PATH"

apt-get update
apt-get install -y --no-install-recommends ca-certificates gcc libc6-dev procps
if ! command -v rustup >/dev/null; then
    # Ubuntu has it from 24.04 on. For older ones there is the installer of rust-lang.org.
    if apt-cache show rustup >/dev/null 2>&1; then
        apt-get install -y --no-install-recommends rustup
    else
        apt-get install -y --no-install-recommends curl
        curl --proto '=https' --tlsv1.2 --silent --show-error --fail https://sh.rustup.rs |
            sh -s -- -y --no-modify-path --profile minimal --default-toolchain none
    fi
fi
rustup toolchain install "$RUSTUP_TOOLCHAIN" --profile minimal --component clippy

cd "$course"
cargo build --locked --package course-admin

# The exercises as they are at first, each file with a line more: what nobody has touched is
# not even compiled, and this is done to have everything compiled.
warm="$root/source/warm"
mkdir "$warm"
cp -r chapters "$warm/chapters"
find "$warm" -path '*/exercise/*' -name '*.rs' -exec sh -c 'echo >>"$1"' sh '{}' ';'
target/debug/course-admin grade "$warm" --exit-zero --jobs 1 --seconds 3600
rm -r "$warm"

# What learners wrote is not to be run as root.
useradd --system --home-dir "$root/source" grader
chown -R grader "$course" "$root/source/rust"
