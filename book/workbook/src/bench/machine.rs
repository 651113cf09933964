//! The machine on which something was measured.

use std::fs;
use std::process::Command;
use std::thread;

/// The machine in a sentence: processor, cores, system, compiler, date.
pub fn describe() -> String {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let mut text = format!("{}, {cores} core{}", processor(), if cores == 1 { "" } else { "s" });
    if let Some(system) = first_line("uname", &["-sr"]) {
        // `Linux 6.12`: what follows the second number is of interest to nobody.
        let short: Vec<_> = system.splitn(3, '.').take(2).collect();
        text += &format!("; {}", short.join("."));
    }
    if let Some(compiler) = first_line("rustc", &["--version"]) {
        let version = compiler.split(' ').take(2).collect::<Vec<_>>().join(" ");
        text += &format!("; {version}, release build");
    }
    let today = first_line("date", &["-u", "+%e %B %Y"]).map(|date| date.trim().to_owned());
    text + &today.map(|date| format!("; {date}")).unwrap_or_default()
}

/// How many programs wanted a core during the last minute, if the system tells:
/// others than ours, so it is asked before the load.
pub fn busy() -> Option<f64> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    let load: f64 = text.split(' ').next()?.parse().ok()?;
    let cores = thread::available_parallelism().map_or(1, usize::from);
    (load > cores as f64 / 2.0).then_some(load)
}

fn processor() -> String {
    let from_linux = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    let from_mac = || first_line("sysctl", &["-n", "machdep.cpu.brand_string"]);
    let other = || std::env::consts::ARCH.to_owned();
    from_linux.or_else(from_mac).unwrap_or_else(other)
}

fn first_line(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.lines().next().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty())
}
