//! The packages for platforms: what is in them, and what their scripts do.

use course_admin::grade::course_copy::CourseFiles;
use course_admin::grade::platform_package::{Platform, pack, write};
use serde_json::Value;
use std::fs;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;
use workbook::course::checkout::Checkout;
use zip::ZipArchive;

fn checkout() -> Checkout {
    Checkout::at(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")).unwrap()
}

/// A package, unpacked.
struct Unpacked {
    folder: TempDir,
    names: Vec<(String, u32)>,
}

impl Unpacked {
    fn new(platform: Platform, until: Option<&str>) -> Self {
        let bytes = pack(&checkout().root, platform, until).unwrap();
        assert!(bytes.len() < 10 << 20, "{} bytes", bytes.len());
        let folder = tempfile::tempdir().unwrap();
        let mut zip = ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut names = Vec::new();
        for index in 0..zip.len() {
            let mut file = zip.by_index(index).unwrap();
            let name = file.enclosed_name().unwrap();
            names.push((name.to_string_lossy().replace('\\', "/"), file.unix_mode().unwrap()));
            let path = folder.path().join("source").join(&name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            fs::write(path, bytes).unwrap();
        }
        Self { folder, names }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path("source").join(name)).unwrap()
    }

    fn mode(&self, name: &str) -> Option<u32> {
        let found = self.names.iter().find(|(own, _)| own == name);
        found.map(|(_, mode)| mode & 0o777)
    }

    /// Whether the file is a program in this language.
    fn is_program(&self, language: &str, arguments: &[&str], name: &str) {
        let program = Command::new(language)
            .args(arguments)
            .arg(self.path("source").join(name))
            .stdin(Stdio::null())
            .output();
        let Ok(program) = program else {
            return eprintln!("{language} is not installed: {name} was not looked at");
        };
        assert!(program.status.success(), "{}", String::from_utf8_lossy(&program.stderr));
    }
}

#[test]
fn gradescope_finds_two_programs_and_the_course() {
    let package = Unpacked::new(Platform::Gradescope, Some("ch07"));
    assert_eq!(package.mode("setup.sh"), Some(0o755));
    assert_eq!(package.mode("run_autograder"), Some(0o755));
    assert_eq!(package.mode("course/Cargo.lock"), Some(0o644));
    assert_eq!(package.mode("course/chapters/ch17-gateway/scripts/teapot"), Some(0o755));
    let top = |name: &String| name.split('/').next().unwrap_or_default().to_owned();
    let mut tops: Vec<_> = package.names.iter().map(|(name, _)| top(name)).collect();
    tops.sort();
    tops.dedup();
    assert_eq!(tops, ["course", "run_autograder", "setup.sh"]);
    let kept =
        ["chapters/course.toml", "tests/ch01.rs", "book/admin/Cargo.toml", "mock/src/lib.rs"];
    for name in kept {
        assert!(package.mode(&format!("course/{name}")).is_some(), "{name}");
    }
    let solution = package.names.iter().find(|(name, _)| name.contains("/solution/"));
    assert_eq!(solution, None);
    assert!(package.read("run_autograder").contains("--seconds 540 --from one --until ch07\n"));
    for name in ["setup.sh", "run_autograder"] {
        let script = package.read(name);
        assert!(script.starts_with("#!/usr/bin/env bash\n") && !script.contains('\r'), "{name}");
        let filled = script.contains("RUSTUP_TOOLCHAIN='1.") && !script.contains("@TOOL");
        assert!(filled && !script.contains("@UNTIL"), "{name}");
        // Of the hosts of the world only the one that gives out Rust itself.
        let elsewhere = script.replace("https://sh.rustup.rs", "").contains("://");
        assert!(!elsewhere, "{name} names a host");
        package.is_program("bash", &["-n"], name);
    }
}

#[test]
fn classroom_50_finds_its_script_and_the_course() {
    let package = Unpacked::new(Platform::Classroom50, None);
    assert!(package.mode("autograder.py").is_some());
    assert!(package.mode("course/chapters/course.toml").is_some());
    let runtime: Value = serde_json::from_str(&package.read("runtime.json")).unwrap();
    assert!(runtime["rust"].as_str().unwrap().starts_with("1."));
    let script = package.read("autograder.py");
    assert!(
        !script.contains("@UNTIL")
            && script.contains("\"--from\", \"one\", \"--seconds\", SECONDS,\n")
    );
    package.is_program("python3", &["-m", "py_compile"], "autograder.py");
    let until = pack(&checkout().root, Platform::Classroom50, Some("ch03")).unwrap();
    let mut zip = ZipArchive::new(Cursor::new(until)).unwrap();
    let mut script = String::new();
    zip.by_name("autograder.py").unwrap().read_to_string(&mut script).unwrap();
    assert!(script.contains("SECONDS, \"--until\", \"ch03\",\n"));
}

/// The list of patterns is complete: what is in git is in a package.
#[test]
fn nothing_that_version_control_knows_is_left_out() {
    let root = checkout().root;
    let mut git = Command::new("git");
    let listed = git.args(["ls-files", "-z"]).current_dir(&root).stdin(Stdio::null()).output();
    let known = listed.map(|output| output.stdout).unwrap_or_default();
    let known = String::from_utf8(known).unwrap();
    let whole = CourseFiles::whole(&root).unwrap().0;
    // What only whoever changes the course needs.
    let kept = |path: &&str| ![".ci/", ".github/"].iter().any(|top| path.starts_with(top));
    let there = |path: &&str| root.join(path).is_file();
    let names = known.split_terminator('\0').filter(kept).filter(there);
    let missing: Vec<_> = names.filter(|path| !whole.contains_key(*path)).collect();
    assert_eq!(missing, [""; 0], "a pattern of own_files.rs is missing");
}

/// Git for Windows asks for CR LF, unless `.gitattributes` says something else.
#[test]
fn a_clone_has_lf_whatever_git_is_told() {
    let root = checkout().root;
    if !root.join(".git").exists() {
        return eprintln!("this copy of the course is no repository: it was not cloned");
    }
    let folder = tempfile::tempdir().unwrap();
    let git = |arguments: &[&str], folder: &Path| {
        let mut git = Command::new("git");
        let output = git.args(arguments).current_dir(folder).stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let clone = folder.path().join("clone");
    let clone = clone.to_str().unwrap();
    git(&["clone", "--quiet", "--config", "core.autocrlf=true", ".", clone], &root);
    let files = git(&["ls-files", "--eol"], Path::new(clone));
    let with_cr: Vec<_> = files.lines().filter(|line| !line.contains("w/lf ")).collect();
    assert!(files.lines().count() > 500, "{files}");
    let is_binary = |line: &&str| [".png", ".webm"].iter().any(|end| line.ends_with(end));
    assert!(with_cr.iter().all(is_binary), "{with_cr:#?}");
}

#[test]
fn it_is_said_what_to_do_with_a_package() {
    let (checkout, folder) = (checkout(), tempfile::tempdir().unwrap());
    let course = checkout.course().unwrap();
    let path = folder.path().join("autograder.zip");
    let said = write(&checkout.root, &course, Platform::Gradescope, Some("3"), &path).unwrap();
    assert!(said.contains("Configure Autograder") && path.is_file());
    let error = write(&checkout.root, &course, Platform::Gradescope, Some("ch99"), &path);
    assert!(error.unwrap_err().to_string().contains("there is no chapter ch99"));
    let path = folder.path().join("gone/x.zip");
    let error = write(&checkout.root, &course, Platform::Classroom50, None, &path).unwrap_err();
    assert!(error.to_string().contains("is its folder there?"), "{error}");
    assert!(
        "moodle".parse::<Platform>().unwrap_err().to_string().contains("no package for moodle")
    );
}

/// Runs `run_autograder` with a stub in place of the program, and returns results.json.
#[cfg(unix)]
fn run_autograder(package: &Unpacked, stub: &str) -> Value {
    use std::os::unix::fs::PermissionsExt;
    let program = package.path("stub");
    fs::write(&program, format!("#!/bin/sh\n{stub}\n")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    fs::create_dir_all(package.path("submission")).unwrap();
    let mut command = Command::new("bash");
    command
        .arg(package.path("source/run_autograder"))
        .env("AUTOGRADER_ROOT", package.folder.path())
        .env("WORKBOOK", &program)
        .stdin(Stdio::null());
    command.output().unwrap();
    let results = fs::read_to_string(package.path("results/results.json")).unwrap();
    serde_json::from_str(&results).unwrap()
}

#[cfg(unix)]
#[test]
fn gradescope_finds_results_whatever_happens() {
    let package = Unpacked::new(Platform::Gradescope, None);
    let said = package.path("said");
    let stub =
        format!("echo \"$@\" >{0}; pwd >>{0}; echo '{{\"score\": 3}}' >\"$6\"", said.display());
    assert_eq!(run_autograder(&package, &stub)["score"], 3);
    let said = fs::read_to_string(said).unwrap();
    let root = package.folder.path().display();
    assert!(said.starts_with(&format!("grade {root}/submission --format gradescope --output ")));
    assert!(said.contains("--exit-zero --jobs 1 --seconds 540 --from one\n"), "{said}");
    assert!(said.trim_end().ends_with("/source/course"), "{said}");
    // It is ended in the middle, and what was written counts; or nothing was.
    let ended = "echo '{\"score\": 1}' >\"$6\"; kill -9 $$";
    assert_eq!(run_autograder(&package, ended)["score"], 1);
    let nothing = run_autograder(&package, "exit 1");
    assert_eq!(nothing["score"], 0);
    assert!(nothing["output"].as_str().unwrap().contains("tell your teacher"));
}
