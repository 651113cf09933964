//! All that the course has built, in one arrangement.

use program::Program;
use std::process::ExitCode;

#[cfg(unix)]
mod balancer;
#[cfg(unix)]
mod outside;
#[cfg(unix)]
mod roles;

const PROGRAM: Program = Program {
    name: "together",
    about: "A balancer, workers, PHP, scripts, files: all in one. HUP reloads the workers.",
    port: 8122,
    try_it: "open http://{address}/",
    options: &[
        ("--workers N", "how many workers each of the two groups has; else 2"),
        ("--directory DIR", "the folder that clients may write to; else files"),
        (
            "--front NAME",
            "haproxy or nginx, to be started in front, which asks writers who they are",
        ),
        ("--work ADDRESS", "what the balancer starts as a worker of the site at this address"),
        ("--keep DIR", "what it starts as the one that keeps the files of this folder"),
        ("--guard FILE", "what it starts to look after the program that this configures"),
    ],
};

#[cfg(unix)]
fn main() -> ExitCode {
    PROGRAM.run(|arguments| {
        let roles = ["--work", "--keep", "--guard"].map(|name| arguments.value(name));
        match roles {
            [None, None, None] => balancer::run(arguments),
            [Some(address), ..] => roles::work(address),
            [_, Some(folder), _] => roles::keep(folder.as_ref()),
            [.., Some(config)] => outside::guard(config.as_ref()),
        }
    })
}

#[cfg(not(unix))]
fn main() -> ExitCode {
    PROGRAM.run(|_| anyhow::bail!("a listening socket cannot be handed over on this system"))
}
