//! From a learner's files to programs that can be started: cargo does it.

use crate::course::exercise::Exercise;
use crate::judge::fence::within_limits;
use crate::judge::limits::Limits;
use anyhow::{Context, Result, bail, ensure};
use launch::{ProcessGroup, cargo, installed};
use serde_json::Value;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// The most that is kept of what the compiler says about one package, in bytes.
const MOST_SAID: usize = 64 * 1024;

/// A copy of the course in which exercises are compiled.
#[derive(Clone, Debug)]
pub struct BuildFolder {
    /// Its top folder.
    pub root: PathBuf,
    /// The folder for what is built.
    pub target: PathBuf,
    /// Whether cargo must do without a network.
    pub offline: bool,
    /// How many compilers run at once; `None` leaves it to cargo.
    pub jobs: Option<usize>,
    /// How long one call of cargo may take.
    pub time: Duration,
}

/// What the compiler, or Clippy, warns of.
#[derive(Clone, Debug)]
pub struct Warning {
    /// The package.
    pub package: String,
    /// The name of the lint: `unused_variables`, `clippy::len_zero`.
    pub lint: String,
    /// What is said, as a person reads it.
    pub said: String,
}

/// What became of some packages.
#[derive(Clone, Debug, Default)]
pub struct Built {
    /// What is no error, and not right either.
    pub warnings: Vec<Warning>,
    /// The executables, by package and target: `("ex03", "promises")`.
    programs: HashMap<(String, String), PathBuf>,
    /// What the compiler said about a package, as a person reads it.
    said: HashMap<String, String>,
    /// The packages with errors.
    wrong: Vec<String>,
    /// Those of them that were not asked for, but needed.
    needed: Vec<String>,
    /// What cargo itself said.
    cargo: String,
}

impl Built {
    /// Where the program `target` of `package` is; or else what the compiler says.
    pub fn program(&self, package: &str, target: &str) -> Result<&PathBuf, String> {
        let key = (package.to_owned(), target.to_owned());
        match self.programs.get(&key) {
            Some(path) if !self.wrong.iter().any(|wrong| wrong == package) => Ok(path),
            _ => Err(self.why_not(package)),
        }
    }

    /// Why a package is not there: what the compiler says about it, or about others, without
    /// which it could not be compiled.
    fn why_not(&self, package: &str) -> String {
        let said = |package: &str| self.said.get(package).filter(|said| !said.is_empty());
        if let Some(said) = said(package) {
            return said.clone();
        }
        let needed: String =
            self.needed.iter().filter_map(|needed| said(needed).cloned()).collect();
        match needed.is_empty() {
            false => needed,
            true => format!("error: {package} was not compiled\n{}", self.cargo),
        }
    }
}

impl BuildFolder {
    /// Compiles the learner's own code: the tests of each exercise and its program.
    pub fn build_own(&self, exercises: &[&Exercise]) -> Result<Built> {
        self.build(exercises.iter().map(|exercise| exercise.id.clone()), &[])
    }

    /// Compiles the learner's tests of `catch` tasks with one of the servers.
    pub fn build_catch(&self, exercises: &[&Exercise], server: &str) -> Result<Built> {
        let features: Vec<_> = match server {
            "real" => Vec::new(),
            // The library has the chapter's name.
            server => exercises.iter().map(|one| format!("{}/{server}", one.chapter)).collect(),
        };
        self.build(exercises.iter().map(|exercise| exercise.catch_package()), &features)
    }

    /// Runs cargo. That some package does not compile is no error.
    fn build(&self, packages: impl Iterator<Item = String>, features: &[String]) -> Result<Built> {
        let mut command = within_limits(cargo().as_ref(), &Limits::default())?;
        command.current_dir(&self.root);
        command.args(["build", "--quiet", "--tests", "--keep-going"]);
        command.arg("--message-format=json-diagnostic-rendered-ansi");
        command.arg("--target-dir").arg(&self.target);
        // What is kept of one time saves whoever checks after each edit half of the next one.
        command.env("CARGO_INCREMENTAL", "1");
        if self.offline {
            command.arg("--offline");
        }
        if let Some(jobs) = self.jobs {
            command.arg(format!("--jobs={jobs}"));
        }
        // Clippy compiles as the compiler does, and refuses what `chapters/clippy.toml` lists:
        // what is looked at is what is run.
        let names = self.root.join("chapters/clippy.toml");
        ensure!(names.is_file(), "{} is missing", names.display());
        if names_are_resolved() {
            command.env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver");
        }
        let packages: Vec<_> = packages.collect();
        for package in &packages {
            command.args(["--package", package]);
        }
        if !features.is_empty() {
            command.arg("--features").arg(features.join(","));
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut group = ProcessGroup::start(&mut command)?;
        let (stdout, stderr) = (group.child().stdout.take(), group.child().stderr.take());
        let stdout = stdout.context("cargo has no output")?;
        let mut stderr = stderr.context("cargo has no errors")?;

        let (sender, ended) = mpsc::channel();
        thread::Builder::new().spawn(move || {
            // Nobody listens any more if its time was over.
            let _ = sender.send(understand(stdout));
        })?;
        let errors = thread::Builder::new().spawn(move || {
            let mut said = Vec::new();
            let _ = (&mut stderr).take(MOST_SAID as u64).read_to_end(&mut said);
            let _ = std::io::copy(&mut stderr, &mut std::io::sink());
            String::from_utf8_lossy(&said).into_owned()
        })?;
        let Ok(built) = ended.recv_timeout(self.time) else {
            bail!("the compiler was not done within {:?}, and was ended", self.time);
        };
        drop(group);
        let mut built = built?;
        let errors = errors.join().unwrap_or_default();
        built.needed = built.wrong.iter().filter(|one| !packages.contains(one)).cloned().collect();
        built.cargo.clone_from(&errors);
        if built.programs.is_empty() && built.said.is_empty() {
            bail!("cargo could not build:\n{}", errors.trim_end());
        }
        Ok(built)
    }
}

/// Whether the compiler here refuses names that exercises must not use.
pub fn names_are_resolved() -> bool {
    installed("clippy-driver")
}

/// Reads what cargo reports, a line of JSON for each thing.
fn understand(output: impl Read) -> Result<Built> {
    let mut built = Built::default();
    for line in BufReader::new(output).split(b'\n') {
        let Ok(message) = serde_json::from_slice::<Value>(&line?) else { continue };
        let package = message["package_id"].as_str().map(package_name).unwrap_or_default();
        match message["reason"].as_str() {
            Some("compiler-artifact") => {
                let target = message["target"]["name"].as_str().unwrap_or_default().to_owned();
                if let Some(program) = message["executable"].as_str() {
                    built.programs.insert((package, target), program.into());
                }
            }
            Some("compiler-message") => {
                let said = message["message"]["rendered"].as_str().unwrap_or_default();
                let level = message["message"]["level"].as_str();
                let lint = message["message"]["code"]["code"].as_str();
                if let (Some("warning"), Some(lint)) = (level, lint) {
                    let (package, lint, said) = (package.clone(), lint.to_owned(), said.to_owned());
                    built.warnings.push(Warning { package, lint, said });
                }
                let before = built.said.entry(package.clone()).or_default();
                let is_error = level == Some("error");
                if is_error && !built.wrong.contains(&package) {
                    built.wrong.push(package);
                    // Warnings that came before are of no interest now.
                    before.clear();
                }
                if is_error && before.len() < MOST_SAID {
                    *before += said;
                }
            }
            _ => {}
        }
    }
    Ok(built)
}

/// `ex03` for `path+file:///course/chapters/ch03-threads/exercise#ex03@0.1.0`.
fn package_name(id: &str) -> String {
    let behind = id.rsplit('#').next().unwrap_or(id);
    let name = behind.split('@').next().unwrap_or(behind);
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_is_known_by_its_lint_and_the_count_of_them_is_none() {
        let message = |level: &str, code: Value| {
            let message = serde_json::json!({ "level": level, "code": code, "rendered": "said\n" });
            let id = "path+file:///course/chapters/ch03-threads/exercise#ex03@0.1.0";
            let reason = "compiler-message";
            serde_json::json!({ "reason": reason, "package_id": id, "message": message })
                .to_string()
        };
        let lint = |name: &str| serde_json::json!({ "code": name });
        let output = [
            message("warning", lint("clippy::len_zero")),
            message("warning", Value::Null), // 1 warning emitted
            message("error", lint("E0425")),
        ];
        let built = understand(output.join("\n").as_bytes()).unwrap();
        let warnings: Vec<_> = built
            .warnings
            .iter()
            .map(|one| (&one.package[..], &one.lint[..], &one.said[..]))
            .collect();
        assert_eq!(warnings, [("ex03", "clippy::len_zero", "said\n")]);
        assert_eq!(built.wrong, ["ex03"]);
    }
}
