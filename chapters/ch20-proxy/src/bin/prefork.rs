//! A master and workers that share a listening socket.

use program::Program;
use std::process::ExitCode;

const PROGRAM: Program = Program {
    name: "prefork",
    about: "Says which worker answers. HUP reloads, TTIN and TTOU make workers more and fewer.",
    port: 8120,
    try_it: "try `curl -i http://{address}/`",
    options: &[
        ("--workers N", "how many workers there are; else 4"),
        ("--worker", "what the master starts"),
    ],
};

#[cfg(unix)]
fn main() -> ExitCode {
    PROGRAM.run(unix::run)
}

#[cfg(not(unix))]
fn main() -> ExitCode {
    PROGRAM.run(|_| anyhow::bail!("a listening socket cannot be handed over on this system"))
}

#[cfg(unix)]
mod unix {
    use anyhow::{Context, Result};
    use ch13::{HttpServer, Request, Response, path, prefix};
    use ch20::{Master, Order, Orders, Worker};
    use program::Arguments;
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGTTIN, SIGTTOU};
    use signal_hook::iterator::Signals;
    use std::fmt::Write;
    use std::net::TcpListener;
    use std::process::{self, Command};
    use std::time::Duration;
    use std::{env, thread};

    /// How long a worker may take to leave: longer than it gives its clients itself.
    const STOP_TIME: Duration = Duration::from_secs(15);

    pub fn run(arguments: &Arguments) -> Result<()> {
        if arguments.has("--worker") {
            return work();
        }
        let count = arguments.value("--workers").unwrap_or("4".as_ref());
        let count = count.to_str().and_then(|text| text.parse().ok()).filter(|count| *count > 0);
        let count = count.context("--workers is a number, and not 0")?;
        // Asked now: if the program is exchanged for a newer one, its path stays the same.
        let program = env::current_exe().context("cannot tell where this program is")?;
        let command = move || {
            let mut command = Command::new(&program);
            command.arg("--worker");
            command
        };
        let listener = TcpListener::bind(&arguments.address);
        let signals = Signals::new([SIGHUP, SIGINT, SIGTERM, SIGTTIN, SIGTTOU])?;
        let master = Master::new(arguments.announce(listener)?, count, STOP_TIME, command)?;
        obey(signals, master.orders())?;
        master.run()
    }

    /// Makes orders of signals, as gunicorn's master understands them.
    fn obey(mut signals: Signals, orders: Orders) -> Result<()> {
        thread::Builder::new().spawn(move || {
            for signal in signals.forever() {
                orders.give(match signal {
                    SIGHUP => Order::Reload,
                    SIGTTIN => Order::More,
                    SIGTTOU => Order::Fewer,
                    _ => Order::Stop,
                });
            }
        })?;
        Ok(())
    }

    /// What a worker does: chapter 13's server, with another accept loop.
    fn work() -> Result<()> {
        let mut server = HttpServer::default();
        server.register(path("/"), |request| Ok(Response::text(describe(request))));
        server.register(prefix("/delay/"), |request| {
            let time = request.path.rsplit('/').next().and_then(|text| text.parse().ok());
            thread::sleep(Duration::from_millis(time.unwrap_or(0).min(60_000)));
            Ok(Response::text(format!("worker {} has waited\n", process::id())))
        });
        let stop = server.stop.clone();
        let clients = Worker::from_master()?.accept(move || stop.announce())?;
        server.serve(clients);
        Ok(())
    }

    /// What has reached us.
    fn describe(request: &Request) -> String {
        let mut text = format!("worker {} was asked\n{request}\n", process::id());
        for (name, value) in request.headers.iter() {
            let value = String::from_utf8_lossy(value);
            // Writing to a text cannot fail.
            let _ = writeln!(text, "{name}: {value}");
        }
        text + &format!("and sent {} bytes\n", request.body.len())
    }
}
