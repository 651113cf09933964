//! Programs of this workspace: the chapters', which [`launch`] builds, and our own others.

use crate::course::checkout::Checkout;
use anyhow::{Context, Result};
use launch::{Build, Programs, cargo};
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds all programs of `packages`: those of chapters by their `id`, and `program`, which
/// has the client.
pub fn build<'a>(
    checkout: &Checkout,
    packages: impl IntoIterator<Item = &'a str>,
    release: bool,
) -> Result<Programs> {
    // Where this program was built, the chapters are built too.
    let ours = env::var_os("CARGO_TARGET_DIR").is_none() && checkout.target.ends_with("target");
    let target = ours.then_some(&*checkout.target);
    Programs::build(&checkout.root, packages, Build { release, target, keep_going: false })
}

/// Has cargo build the program of `package`, another one of this workspace, and run it with
/// `words` in our place. Whether it ended well.
pub fn run_package(package: &str, words: &[OsString]) -> Result<bool> {
    let top = workspace().context("the course's folder is not where this was compiled any more")?;
    let mut command = Command::new(cargo());
    command.args(["run", "--quiet", "--package", package, "--manifest-path"]);
    command.arg(top.join("Cargo.toml")).arg("--").args(words);
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

/// The workspace of this package: the one of the working folder, so that a moved one is found,
/// or else where this was compiled.
fn workspace() -> Option<PathBuf> {
    let here = env::current_dir().unwrap_or_default();
    let compiled = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = here.ancestors().chain(compiled.ancestors());
    folders.find(|top| top.join("book/admin/Cargo.toml").is_file()).map(Path::to_owned)
}
