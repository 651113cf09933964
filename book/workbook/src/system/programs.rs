//! The chapters' programs: built by cargo, and where it put them.

use crate::course::checkout::Checkout;
use anyhow::{Context, Result, bail, ensure};
use std::collections::HashMap;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The programs of some chapters, by name: `ch05`, `client`.
#[derive(Clone, Debug, Default)]
pub struct Programs(HashMap<String, PathBuf>);

impl Programs {
    /// Builds all programs of the chapters `ids`.
    pub fn build<'a>(
        checkout: &Checkout,
        ids: impl IntoIterator<Item = &'a str>,
        release: bool,
    ) -> Result<Self> {
        let mut command = Command::new(cargo());
        command.current_dir(&checkout.root);
        command.args(["build", "--quiet", "--bins", "--message-format=json-render-diagnostics"]);
        if release {
            command.arg("--release");
        }
        // Where this program was built, the chapters are built too.
        if env::var_os("CARGO_TARGET_DIR").is_none() && checkout.target.ends_with("target") {
            command.arg("--target-dir").arg(&checkout.target);
        }
        let mut ids = ids.into_iter().peekable();
        ensure!(ids.peek().is_some(), "no chapter was named");
        for id in ids {
            command.args(["--package", id]);
        }
        let output = command
            .stdin(Stdio::null())
            .output()
            .context("cannot start cargo, which builds the chapters; is it on the PATH?")?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("the chapters do not compile:\n{}", said.trim_end());
        }
        let mut programs = HashMap::new();
        for line in output.stdout.split(|byte| *byte == b'\n') {
            let Ok(message) = serde_json::from_slice::<serde_json::Value>(line) else { continue };
            let name = message["target"]["name"].as_str();
            if let (Some(name), Some(path)) = (name, message["executable"].as_str()) {
                programs.insert(name.to_owned(), PathBuf::from(path));
            }
        }
        Ok(Self(programs))
    }

    /// Where the program `name` is.
    pub fn path(&self, name: &str) -> Result<&PathBuf> {
        self.0.get(name).with_context(|| format!("no chapter has a program called {name}"))
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Programs {
    fn from(programs: [(&str, &str); N]) -> Self {
        Self(programs.into_iter().map(|(name, path)| (name.to_owned(), path.into())).collect())
    }
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

/// The cargo that runs us, if one does.
pub fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Whether a program called `name` is on the PATH.
pub fn installed(name: &str) -> bool {
    let Some(paths) = env::var_os("PATH") else { return false };
    env::split_paths(&paths).any(|folder| {
        let file = folder.join(name);
        file.is_file() || file.with_extension("exe").is_file()
    })
}
