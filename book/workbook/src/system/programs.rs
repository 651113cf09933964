//! Programs of this workspace: the chapters', which [`launch`] builds, and our own others.

use crate::course::checkout::Checkout;
use anyhow::{Context, Result, ensure};
use launch::{Build, ProcessGroup, Programs, Which, cargo};
use std::env;
use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The package that knows whether an exercise is solved.
pub const PRACTICE: &str = "course-practice";

/// The package for those who grade and change the course.
pub const ADMIN: &str = "course-admin";

/// The package that records what the chapters' servers do.
pub const TRACE: &str = "course-trace";

/// Builds programs of the course.
pub fn build(checkout: &Checkout, which: Which, release: bool) -> Result<Programs> {
    // Where this program was built, the chapters are built too.
    let ours = env::var_os("CARGO_TARGET_DIR").is_none() && checkout.target.ends_with("target");
    let target = ours.then_some(&*checkout.target);
    Programs::build(&checkout.root, which, Build { release, target, keep_going: false })
}

/// Has cargo build the program of `package`, another one of this workspace, and run it with
/// `words` in our place. Whether it ended well.
pub fn run_package(package: &str, words: &[OsString]) -> Result<bool> {
    let mut command = cargo_run(package, words)?;
    // Ctrl-C reaches the program itself, and its exit code is ours.
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        Err(command.exec()).context("cannot start cargo; is it on the PATH?")
    }
    #[cfg(not(unix))]
    {
        let status = command.status().context("cannot start cargo; is it on the PATH?")?;
        std::process::exit(status.code().unwrap_or(1));
    }
}

/// Has cargo build the program of `package` and run it with `words`; what it printed.
pub fn output_of_package(package: &str, words: &[&str]) -> Result<String> {
    let mut command = cargo_run(package, words)?;
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut group = ProcessGroup::start(&mut command)?;
    let child = group.child();
    let (mut out, mut err) = (String::new(), String::new());
    // Cargo is quiet, and the program says nothing on one of them but at its end.
    child.stdout.take().context("no output")?.read_to_string(&mut out)?;
    child.stderr.take().context("no errors")?.read_to_string(&mut err)?;
    ensure!(child.wait()?.success(), "{package}: {}", err.trim_end());
    Ok(out)
}

/// Cargo, about to run the program of `package` with `words`.
fn cargo_run(package: &str, words: &[impl AsRef<OsStr>]) -> Result<Command> {
    let top = workspace().context("the course's folder is not where this was compiled any more")?;
    let mut command = Command::new(cargo());
    command.args(["run", "--quiet", "--package", package, "--manifest-path"]);
    command.arg(top.join("Cargo.toml")).arg("--").args(words);
    Ok(command)
}

/// The workspace of this package: the one of the working folder, so that a moved one is found,
/// or else where this was compiled.
fn workspace() -> Option<PathBuf> {
    let here = env::current_dir().unwrap_or_default();
    let compiled = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = here.ancestors().chain(compiled.ancestors());
    folders.find(|top| top.join("book/admin/Cargo.toml").is_file()).map(Path::to_owned)
}
