//! What a program that judges, or is judged, inherits of our environment.
//!
//! Whoever started us may have set anything: with `RUST_TEST_NOCAPTURE=1` the test harness does
//! not keep what a test prints, with `RUSTFLAGS` or `CARGO_BUILD_TARGET` other programs are
//! compiled than ours. So every program begins with an empty environment, and what is named
//! here is passed on.

use std::env;
use std::process::Command;

/// What a program that runs a learner's code needs.
const TEST: [&str; 3] = [
    // Windows: without the first one no socket can be opened.
    "SystemRoot",
    "SystemDrive",
    "windir",
];

/// What cargo, the compiler and the linker need besides.
const COMPILER: [&str; 50] = [
    // Where the system's libraries have no fixed place. (Cargo adds folders of ours, which a
    // learner's code must not have.)
    "LD_LIBRARY_PATH",
    // Where programs and the user's folders are.
    "PATH",
    "HOME",
    "TMPDIR",
    "ComSpec",
    "PATHEXT",
    "USERPROFILE",
    "TEMP",
    "TMP",
    // Which toolchain, and where it and the packages lie.
    "CARGO_HOME",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    // The way to the packages, if one of them is not there yet.
    "CARGO_NET_OFFLINE",
    "CARGO_HTTP_CAINFO",
    "CARGO_HTTP_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    // macOS: which of Apple's tools link.
    "DEVELOPER_DIR",
    "SDKROOT",
    "MACOSX_DEPLOYMENT_TARGET",
    // Windows: where Microsoft's linker is looked for, and what its own prompt sets.
    "ProgramData",
    "ProgramFiles",
    "ProgramFiles(x86)",
    "ProgramW6432",
    "CommonProgramFiles",
    "CommonProgramFiles(x86)",
    "APPDATA",
    "LOCALAPPDATA",
    "PROCESSOR_ARCHITECTURE",
    "NUMBER_OF_PROCESSORS",
    "INCLUDE",
    "LIB",
    "LIBPATH",
    "VSINSTALLDIR",
    "VCINSTALLDIR",
    "VCToolsInstallDir",
    "VCToolsVersion",
    "VisualStudioVersion",
    "VSCMD_ARG_TGT_ARCH",
    "WindowsSdkDir",
    "WindowsSDKVersion",
    "WindowsSDKLibVersion",
];

/// Has `command` start with what a program that runs a learner's code needs, and nothing else.
pub(super) fn pass_on_what_a_test_needs(command: &mut Command) {
    command.env_clear();
    pass_on(command, &TEST);
}

/// Has `command` start with what a compiler needs, and nothing else.
pub(super) fn pass_on_what_a_compiler_needs(command: &mut Command) {
    command.env_clear();
    pass_on(command, &TEST);
    pass_on(command, &COMPILER);
}

fn pass_on(command: &mut Command, names: &[&str]) {
    for name in names {
        if let Some(value) = env::var_os(name) {
            command.env(name, value);
        }
    }
}
