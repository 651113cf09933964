//! Repositories of git, for those who clone and push.

use anyhow::{Result, bail};
use program::{Arguments, Program};
use std::process::ExitCode;
#[cfg(unix)]
use {
    anyhow::Context,
    ch17::{Cgi, HttpServer, gateway, stop_at_ctrl_c},
    std::ffi::OsStr,
    std::net::TcpListener,
    std::path::Path,
    std::process::Command,
};

const PROGRAM: Program = Program {
    name: "git-server",
    about: "Serves the repositories in a folder by git's own program.",
    port: 8117,
    try_it: "try `git clone http://{address}/NAME`, where NAME is a repository's",
    options: &[
        ("--directory DIR", "the folder with repositories; without it, the current one"),
        ("--push", "anybody may push; without it, nobody may"),
    ],
};

fn main() -> ExitCode {
    PROGRAM.run(serve)
}

#[cfg(unix)]
fn serve(arguments: &Arguments) -> Result<()> {
    let folder = Path::new(arguments.value("--directory").unwrap_or(".".as_ref()));
    let folder = folder.canonicalize().with_context(|| {
        format!("there is no folder {}; name one with --directory DIR", folder.display())
    })?;
    let mut git = Cgi::one(&git_backend()?)
        .variable("GIT_PROJECT_ROOT", &folder)
        // All of them, not only those with a file `git-daemon-export-ok`.
        .variable("GIT_HTTP_EXPORT_ALL", "1")
        .variable("PATH", std::env::var_os("PATH").unwrap_or_default());
    if arguments.value("--push").is_some() {
        // Git lets those push who have a name.
        git = git.variable("REMOTE_USER", "anybody");
    }
    let mut server = HttpServer::default();
    let listener = TcpListener::bind(&arguments.address);
    if let Ok(listener) = &listener {
        let address = listener.local_addr().context("cannot tell the address")?;
        let answer = gateway(address, git);
        server.register_reading(|_| true, move |request, body| answer(request, body));
        stop_at_ctrl_c(&server, address)?;
    }
    let listener = arguments.announce(listener)?;
    server.serve(server.stop.accept_from(listener));
    Ok(())
}

/// The program that answers for git over HTTP: it lies where git has its parts.
#[cfg(unix)]
fn git_backend() -> Result<std::path::PathBuf> {
    let output = Command::new("git").arg("--exec-path").output().context("cannot start git")?;
    if !output.status.success() {
        bail!("git does not say where its parts are");
    }
    let folder = String::from_utf8(output.stdout)?;
    Ok(Path::new(folder.trim_end()).join(OsStr::new("git-http-backend")))
}

#[cfg(not(unix))]
use cannot_serve as serve;

#[cfg(not(unix))]
fn cannot_serve(_: &Arguments) -> Result<()> {
    bail!("this chapter starts programs on Unix alone")
}
