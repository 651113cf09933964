//! The machine on which something was measured: a number without it says little.

use launch::installed;
use std::env::consts::{ARCH, OS};
use std::ffi::OsString;
use std::fs;
use std::process::{Command, Stdio};
use std::thread;

/// What is known about this machine, a line each, in the form `name: value`.
///
/// What the system does not tell is left out.
pub fn describe() -> Vec<String> {
    let cores = thread::available_parallelism().ok().map(|cores| cores.to_string());
    let facts = [
        ("processor", processor()),
        ("cores", cores),
        ("system", Some(system())),
        ("compiler", output("rustc", &["--version"])),
        ("load before", load_average()),
    ];
    let known = facts.into_iter().filter_map(|(name, value)| Some((name, value?)));
    known.map(|(name, value)| format!("{name}: {value}")).collect()
}

/// Moves this process to the last core, if there are several, and returns the words in front of a
/// command that keep it on the first one: a server and its clients are not in each other's way
/// then. No words where there is no `taskset`.
pub fn keep_apart() -> Vec<OsString> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let last = (cores - 1).to_string();
    let ours = std::process::id().to_string();
    let is_moved = cores > 1
        && installed("taskset")
        && output("taskset", &["--pid", "--cpu-list", &last, &ours]).is_some();
    let words: &[&str] = if is_moved { &["taskset", "--cpu-list", "0"] } else { &[] };
    words.iter().map(OsString::from).collect()
}

/// Lets this process, and those that it starts, have as many open files as the system grants.
pub fn allow_many_connections() {
    #[cfg(unix)]
    {
        use nix::sys::resource::{Resource, getrlimit, setrlimit};
        // If it fails, fewer clients will be connected, and that is said.
        if let Ok((_, most)) = getrlimit(Resource::RLIMIT_NOFILE) {
            let _ = setrlimit(Resource::RLIMIT_NOFILE, most, most);
        }
    }
}

fn processor() -> Option<String> {
    let named = match OS {
        "linux" => fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("model name"))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        }),
        "macos" => output("sysctl", &["-n", "machdep.cpu.brand_string"]),
        "windows" => std::env::var("PROCESSOR_IDENTIFIER").ok(),
        _ => None,
    };
    Some(named.map_or(ARCH.to_owned(), |name| format!("{name} ({ARCH})")))
}

fn system() -> String {
    let named = match OS {
        "linux" => {
            let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
            let name = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
            let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
            name.map(|name| format!("{}, Linux {}", name.trim_matches('"'), kernel.trim()))
        }
        "macos" => {
            output("sw_vers", &["-productVersion"]).map(|version| format!("macOS {version}"))
        }
        _ => None,
    };
    named.unwrap_or_else(|| OS.to_owned())
}

/// How many threads have wanted to run during the last minute, on Linux.
fn load_average() -> Option<String> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    Some(text.split_ascii_whitespace().next()?.to_owned())
}

/// What a program prints, if it succeeds.
fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}
