//! A program that runs a learner's code, and what it may reach.
//!
//! It is not started by us but through us: this program is started once more, gives up what it
//! must not have, and becomes the other one (`exec`). What the kernel has taken away is not to
//! be had again, whatever the code tries.
//!
//! | what | who sees to it |
//! |---|---|
//! | files: read are its own executable, the system's libraries and what is named; written, one folder | Landlock, on Linux |
//! | programs: only itself is started, and the system's loader of programs | Landlock, on Linux |
//! | signals and abstract sockets: to itself alone | Landlock, on Linux 6.12 and later |
//! | permissions and owners of files; leaving its process group | a filter of system calls, on Linux |
//! | memory, the length of files, processes, open files | limits, on Unix |
//! | descriptors of ours | closed, on Unix |
//! | environment | cleared, everywhere |
//!
//! On another system, or where the kernel has no Landlock, [`is_there`] is false, and whoever
//! shows a result says so.

use crate::judge::environment::{pass_on_what_a_compiler_needs, pass_on_what_a_test_needs};
use crate::judge::limits::Limits;
use anyhow::{Context, Result};
use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The argument with which this program is told to become another one.
const BECOME: &str = "--become";

/// Behind it: whether permissions of files may be changed.
const PERMISSIONS: &str = "permissions";
const NO_PERMISSIONS: &str = "no-permissions";

/// The program through which others are started: one that begins with [`enter`].
static LAUNCHER: OnceLock<PathBuf> = OnceLock::new();

/// Every program of ours that judges calls this first. If it was started to become another
/// program, this does not return.
pub fn enter() {
    let mut arguments = env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == BECOME) {
        let error = match become_it(arguments) {
            Ok(never) => match never {},
            Err(error) => error,
        };
        eprintln!("cannot start a program behind the fence: {error:#}");
        std::process::exit(127);
    }
    if let Ok(launcher) = env::current_exe() {
        start_through(launcher);
    }
}

/// Has programs be started through `launcher`, which begins with [`enter`]; for a program that
/// does not begin so itself, as a test.
pub fn start_through(launcher: PathBuf) {
    // It stays the first one.
    let _ = LAUNCHER.set(launcher);
}

/// What a program that runs a learner's code may use.
#[derive(Clone, Copy, Debug)]
pub struct Allowed<'a> {
    /// The folder in which it is started, for all that it writes.
    pub folder: &'a Path,
    /// Itself, or the folder that it is in: what the kernel executes, it lets be read as well.
    /// A program that is moved out of that folder, once it runs, can no longer read itself.
    pub executable: &'a Path,
    /// What it may read besides.
    pub files: &'a [PathBuf],
    /// Whether it may change permissions of files: on Unix of all that are the user's.
    pub permissions: bool,
    /// How much it may use.
    pub limits: &'a Limits,
}

/// The command that starts `program` behind the fence, with what is `allowed`. Arguments and
/// variables can be added to it.
///
/// # Errors
///
/// If no program is known through which others are started.
pub fn behind_the_fence(program: &Path, allowed: &Allowed) -> Result<Command> {
    let files = allowed.files.iter().map(PathBuf::as_path);
    let fence = [allowed.folder, allowed.executable].into_iter().chain(files);
    let fence: Vec<_> = fence.map(Path::as_os_str).collect();
    let permissions = if allowed.permissions { PERMISSIONS } else { NO_PERMISSIONS };
    let mut command = start(program, allowed.limits, permissions, &fence)?;
    pass_on_what_a_test_needs(&mut command);
    for name in ["TMPDIR", "TEMP", "TMP"] {
        command.env(name, allowed.folder);
    }
    // Chapter 9 is about these; the second would print a page for each failure.
    command.env("RUST_LIB_BACKTRACE", "1").env("RUST_BACKTRACE", "0");
    command.current_dir(allowed.folder);
    Ok(command)
}

/// The command that starts a compiler within `limits`: macros can make it take all the memory
/// there is.
///
/// # Errors
///
/// If no program is known through which others are started.
pub(super) fn within_limits(program: &Path, limits: &Limits) -> Result<Command> {
    let mut command = start(program, limits, PERMISSIONS, &[])?;
    pass_on_what_a_compiler_needs(&mut command);
    Ok(command)
}

/// `--become MEMORY FILE PERMISSIONS COUNT FENCE… PROGRAM`: the fence are so many paths, the
/// folder, what may be executed, and what may be read; without any there is none.
fn start(program: &Path, limits: &Limits, permissions: &str, fence: &[&OsStr]) -> Result<Command> {
    if !cfg!(unix) {
        return Ok(Command::new(program));
    }
    let launcher = LAUNCHER.get().context("this program does not begin with fence::enter")?;
    let mut command = Command::new(launcher);
    command.args([BECOME, &limits.memory.to_string(), &limits.file.to_string()]);
    command.arg(permissions).arg(fence.len().to_string()).args(fence).arg(program);
    Ok(command)
}

/// Whether this system keeps a program from files that are none of its business.
pub fn is_there() -> bool {
    #[cfg(target_os = "linux")]
    return kernel::is_there();
    #[cfg(not(target_os = "linux"))]
    false
}

/// Gives up what the program in `arguments` must not have, and becomes it.
#[cfg(unix)]
fn become_it(arguments: impl Iterator<Item = OsString>) -> Result<std::convert::Infallible> {
    use std::os::unix::process::CommandExt;
    let mut arguments = arguments;
    let mut number = || -> Option<u64> { arguments.next()?.to_str()?.parse().ok() };
    let limits = number().zip(number());
    let (memory, file) = limits.context("an argument is no number")?;
    let permissions = arguments.next().is_some_and(|word| word == PERMISSIONS);
    let parts = arguments.next().and_then(|count| count.to_str()?.parse().ok());
    let parts: usize = parts.context("an argument is no number")?;
    let fence: Vec<_> = arguments.by_ref().take(parts).map(PathBuf::from).collect();
    let program = PathBuf::from(arguments.next().context("no program is named")?);
    close_descriptors()?;
    set_limits(memory, file)?;
    #[cfg(target_os = "linux")]
    if let [folder, executable, files @ ..] = &fence[..] {
        kernel::restrict(executable, folder, files)?;
        // Where there is no such filter, the compiler still refuses the names of what it forbids.
        let _ = kernel::refuse_calls(permissions);
    }
    let mut command = Command::new(&program);
    Err(command.args(arguments).exec()).with_context(|| format!("{}", program.display()))
}

/// Closes what was open when we were started, but for input, output and errors.
#[cfg(unix)]
fn close_descriptors() -> Result<()> {
    let open = std::fs::read_dir("/dev/fd").context("cannot see what is open")?;
    let number = |name: OsString| name.to_str()?.parse::<i32>().ok();
    let open: Vec<_> = open.filter_map(|entry| number(entry.ok()?.file_name())).collect();
    for descriptor in open.into_iter().filter(|number| *number > 2) {
        // One of them was that of the list, and is closed already.
        let _ = nix::unistd::close(descriptor);
    }
    Ok(())
}

#[cfg(unix)]
#[cfg_attr(not(target_os = "linux"), allow(unused_variables))]
fn set_limits(memory: u64, file: u64) -> Result<()> {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    /// What a process may have open.
    const OPEN_FILES: u64 = 1024;
    let limits = [
        (Resource::RLIMIT_FSIZE, file),
        (Resource::RLIMIT_CORE, 0),
        (Resource::RLIMIT_NOFILE, OPEN_FILES),
        // Others have no such bound, or none that can be told from outside.
        #[cfg(target_os = "linux")]
        (Resource::RLIMIT_AS, memory),
        #[cfg(target_os = "linux")]
        (Resource::RLIMIT_NPROC, processes()),
    ];
    for (resource, most) in limits {
        let (_, hard) = getrlimit(resource)?;
        let most = most.min(hard);
        setrlimit(resource, most, most).with_context(|| format!("cannot limit {resource:?}"))?;
    }
    Ok(())
}

/// How many processes and threads the user may have. The kernel counts all of theirs, so that
/// it is what runs now, and as many more as a test can need. (It binds nobody who is root.)
#[cfg(target_os = "linux")]
fn processes() -> u64 {
    const MORE: u64 = 2048;
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    // `0.20 0.18 0.12 1/80 11206`: 80 processes and threads.
    let all = load.split('/').nth(1).and_then(|rest| rest.split(' ').next()?.parse::<u64>().ok());
    all.unwrap_or(MORE) + MORE
}

#[cfg(not(unix))]
fn become_it(_: impl Iterator<Item = OsString>) -> Result<std::convert::Infallible> {
    anyhow::bail!("this system has no way to become another program")
}

#[cfg(target_os = "linux")]
mod kernel {
    use anyhow::{Context, Result};
    use landlock::{
        ABI, Access, AccessFs, BitFlags, CompatLevel, Compatible, Ruleset, RulesetAttr,
        RulesetCreatedAttr, Scope, path_beneath_rules,
    };
    use nix::libc;
    use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, apply_filter};
    use std::env;
    use std::fs;
    use std::path::{Path, PathBuf};

    /// What is given up, as far as the kernel knows it; the first version, of Linux 5.13, is
    /// enough to say that there is a fence.
    const KNOWN: ABI = ABI::V6;

    /// Where the system's libraries are, and which of them is where.
    const LIBRARIES: [&str; 10] = [
        "/lib",
        "/lib32",
        "/lib64",
        "/usr/lib",
        "/usr/lib32",
        "/usr/lib64",
        "/usr/local/lib",
        "/gnu/store",
        "/nix/store",
        "/etc/ld.so.cache",
    ];

    const DEVICES: [&str; 5] =
        ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

    pub fn is_there() -> bool {
        let ruleset = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
        let created =
            ruleset.handle_access(AccessFs::from_all(ABI::V1)).and_then(landlock::Ruleset::create);
        created.is_ok()
    }

    pub fn restrict(executable: &Path, folder: &Path, files: &[PathBuf]) -> Result<()> {
        let read = AccessFs::ReadFile | AccessFs::ReadDir;
        let everything = AccessFs::from_all(KNOWN) & !BitFlags::from(AccessFs::Execute);
        let restrict = || {
            Ruleset::default()
                .handle_access(AccessFs::from_all(KNOWN))?
                .scope(Scope::from_all(KNOWN))?
                .create()?
                .add_rules(path_beneath_rules(libraries(), read))?
                .add_rules(path_beneath_rules(loader(), read | AccessFs::Execute))?
                .add_rules(path_beneath_rules(DEVICES, read | AccessFs::WriteFile))?
                .add_rules(path_beneath_rules([executable], read | AccessFs::Execute))?
                .add_rules(path_beneath_rules(files, read))?
                .add_rules(path_beneath_rules([folder], everything))?
                .restrict_self()
        };
        restrict().map(drop).context("cannot give up files")
    }

    /// What is in those places, but for a folder `debug`: with what is there, a backtrace would
    /// know where in the source of the C library it began, which nobody asks, and take three times
    /// as long.
    fn libraries() -> Vec<PathBuf> {
        let inside = |place: &Path| -> Option<Vec<PathBuf>> {
            let debug = place.join("debug");
            let entries = debug.is_dir().then(|| fs::read_dir(place).ok())??;
            let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
            Some(paths.filter(|path| *path != debug).collect())
        };
        let of = |place: &str| inside(Path::new(place)).unwrap_or_else(|| vec![place.into()]);
        LIBRARIES.into_iter().flat_map(of).collect()
    }

    /// The program that loads programs, which the kernel executes with them: the one that has
    /// loaded this one, since all are built with one compiler. Of a static program there is none.
    fn loader() -> Option<PathBuf> {
        let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
        let mut files =
            maps.lines().filter_map(|line| Some(PathBuf::from(&line[line.find('/')?..])));
        files.find(|file| {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("ld-") || name.starts_with("ld.so")
        })
    }

    /// What Landlock does not know, and what could harm whoever comes next: files can be made
    /// unreadable by their names alone, and who leaves the process group is not ended with it.
    ///
    /// With `permissions`, those of files may be changed.
    pub fn refuse_calls(permissions: bool) -> Result<()> {
        let of_permissions = [
            libc::SYS_fchmod,
            libc::SYS_fchmodat,
            libc::SYS_fchmodat2,
            // Others have the newer ones alone.
            #[cfg(target_arch = "x86_64")]
            libc::SYS_chmod,
        ];
        let of_others = [
            libc::SYS_fchown,
            libc::SYS_fchownat,
            libc::SYS_setxattr,
            libc::SYS_lsetxattr,
            libc::SYS_fsetxattr,
            libc::SYS_setpgid,
            libc::SYS_setsid,
            #[cfg(target_arch = "x86_64")]
            libc::SYS_chown,
            #[cfg(target_arch = "x86_64")]
            libc::SYS_lchown,
        ];
        let refused = SeccompAction::Errno(libc::EPERM as u32);
        let calls =
            of_others.into_iter().chain(of_permissions.into_iter().filter(|_| !permissions));
        let rules = calls.map(|call| (call, Vec::new())).collect();
        let machine = env::consts::ARCH.try_into()?;
        let filter = SeccompFilter::new(rules, SeccompAction::Allow, refused, machine)?;
        Ok(apply_filter(&BpfProgram::try_from(filter)?)?)
    }
}
