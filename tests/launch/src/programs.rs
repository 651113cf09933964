use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::collections::HashMap;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Programs that were built, by name: `ch05`, `client`.
#[derive(Clone, Debug, Default)]
pub struct Programs {
    files: HashMap<String, PathBuf>,
    messages: String,
}

/// What to build.
#[derive(Clone, Copy, Debug)]
pub enum Which<'a> {
    /// All programs that cargo builds if no package is named. What `cargo run` and `cargo test`
    /// have compiled serves for them: of packages that are named, cargo compiles some dependencies
    /// once more, with those features only that these packages ask for.
    All,
    /// That one of them.
    One(&'a str),
    /// All programs of these packages.
    Of(&'a [&'a str]),
}

/// How to build.
#[derive(Clone, Copy, Debug, Default)]
pub struct Build<'a> {
    /// With optimization.
    pub release: bool,
    /// The target folder, if it is not the one that cargo takes.
    pub target: Option<&'a Path>,
    /// A package that does not compile does not hide the others; its programs are
    /// missing, and [`Programs::path`] says why.
    pub keep_going: bool,
}

impl Programs {
    /// Builds programs of the workspace in the folder `course`.
    ///
    /// Cargo tells a test where the programs of its own package are, and keeps silent
    /// about those of others. So it is asked to build them and to report.
    ///
    /// # Errors
    ///
    /// If cargo cannot be started, or, without `keep_going`, if something does not
    /// compile: then with the compiler's words.
    pub fn build(course: &Path, which: Which, build: Build) -> Result<Self> {
        let mut command = Command::new(cargo());
        // From there cargo finds the workspace and its configuration.
        command.current_dir(course);
        command.args(["build", "--quiet", "--message-format=json-render-diagnostics"]);
        if build.release {
            command.arg("--release");
        }
        if build.keep_going {
            command.arg("--keep-going");
        }
        if let Some(target) = build.target {
            command.arg("--target-dir").arg(target);
        }
        match which {
            Which::All => command.arg("--bins"),
            Which::One(name) => command.args(["--bin", name]),
            Which::Of(packages) => {
                ensure!(!packages.is_empty(), "no package was named");
                let each = packages.iter().flat_map(|package| ["--package", package]);
                command.arg("--bins").args(each)
            }
        };
        let output = command
            .stdin(Stdio::null())
            .output()
            .context("cannot start cargo, which builds the chapters; is it on the PATH?")?;
        let messages = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
        if !output.status.success() && !build.keep_going {
            bail!("the chapters do not compile:\n{messages}");
        }
        let files = output.stdout.split(|byte| *byte == b'\n').filter_map(executable).collect();
        Ok(Self { files, messages })
    }

    /// Where the program `name` is.
    ///
    /// # Errors
    ///
    /// If no package has it, or it did not compile: then with the compiler's words.
    pub fn path(&self, name: &str) -> Result<&PathBuf> {
        self.files.get(name).with_context(|| match self.messages.is_empty() {
            true => format!("no chapter has a program called {name}"),
            false => format!("there is no program {name}:\n{}", self.messages),
        })
    }
}

/// Programs that are already there.
impl<const N: usize> From<[(&str, &str); N]> for Programs {
    fn from(programs: [(&str, &str); N]) -> Self {
        let files = programs.into_iter().map(|(name, path)| (name.to_owned(), path.into()));
        Self { files: files.collect(), messages: String::new() }
    }
}

/// The name and file of a program, if that is what the line of cargo reports.
fn executable(line: &[u8]) -> Option<(String, PathBuf)> {
    let message: Value = serde_json::from_slice(line).ok()?;
    let name = message["target"]["name"].as_str()?;
    Some((name.to_owned(), message["executable"].as_str()?.into()))
}

/// The cargo that runs us, if one does.
pub fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Whether a program called `name` is on the PATH.
pub fn installed(name: &str) -> bool {
    path().any(|folder| in_folder(&folder, name).is_some())
}

/// Where the program `name` is, or one that begins with `name*`: on the PATH, or where servers lie,
/// which not every user has there.
pub fn find(name: &str) -> Option<PathBuf> {
    let more = ["/usr/sbin", "/usr/local/sbin", "/usr/lib/cgit", "/usr/lib/apache2/modules"];
    path().chain(more.map(PathBuf::from)).find_map(|folder| in_folder(&folder, name))
}

fn path() -> impl Iterator<Item = PathBuf> {
    let folders = env::var_os("PATH").map(|path| env::split_paths(&path).collect::<Vec<_>>());
    folders.into_iter().flatten()
}

fn in_folder(folder: &Path, name: &str) -> Option<PathBuf> {
    let Some(start) = name.strip_suffix('*') else {
        let file = folder.join(name);
        return [file.clone(), file.with_extension("exe")].into_iter().find(|file| file.is_file());
    };
    let begins = |file: &PathBuf| {
        file.file_name().is_some_and(|name| name.to_string_lossy().starts_with(start))
    };
    fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).find(begins)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_by_its_name_or_by_how_it_begins() {
        let shell = find("sh").unwrap();
        assert!(shell.is_file() && shell.ends_with("sh"));
        assert!(installed("sh") && find("sh*").is_some());
        assert!(find("no-such-program").is_none() && find("no-such-program*").is_none());
        assert!(!installed("no-such-program"));
    }
}
