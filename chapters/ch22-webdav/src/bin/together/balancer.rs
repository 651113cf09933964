//! The process that clients talk to. It starts all others.

use crate::{outside, roles};
use anyhow::{Context, Result};
use ch20::{
    BackgroundLog, Executor, HttpServer, HttpSite, Master, Mio, Order, Orders, Pool, Request, Stop,
    Upstream, UpstreamSettings, log, room_for_clients,
};
use ch22::Store;
use program::Arguments;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGTTIN, SIGTTOU};
use signal_hook::iterator::Signals;
use std::fs::{self, Permissions};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{env, process};

/// How long a process may take to leave: longer than it gives its clients itself.
const STOP_TIME: Duration = Duration::from_secs(15);

/// Processes that share a listening socket, and the thread that looks after them.
struct Group {
    address: SocketAddr,
    orders: Orders,
    master: JoinHandle<Result<()>>,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let count = arguments.value("--workers").unwrap_or("2".as_ref());
    let count = count.to_str().and_then(|text| text.parse().ok()).filter(|count| *count > 0);
    let count = count.context("--workers is a number, and not 0")?;
    if let Some(front) = arguments.value("--front") {
        outside::check_front(&front.to_string_lossy())?;
    }
    let folder = arguments.value("--directory").unwrap_or("files".as_ref()).to_owned();
    let signals = Signals::new([SIGHUP, SIGINT, SIGTERM, SIGTTIN, SIGTTOU])?;
    let listener = TcpListener::bind(&arguments.address);
    if listener.is_ok() {
        // Tried here: what is wrong with it would else be said by another process, among much else.
        drop(Store::open(folder.as_ref())?);
    }
    let listener = arguments.announce(listener)?;
    let address = listener.local_addr().context("cannot tell the address")?;

    // nginx changes into another user, if it is root that starts it.
    let own = tempfile::Builder::new().permissions(Permissions::from_mode(0o755)).tempdir()?;
    let php = outside::php(own.path())?;
    if php.is_none() {
        log("php-fpm is not installed: there is nothing at /php/");
    }
    let socket = php.as_ref().map(|(_, socket)| socket.clone());
    let program = env::current_exe().context("cannot tell where this program is")?;
    let this = program.clone();
    let work = move || {
        let mut command = Command::new(&this);
        command.arg("--work").arg(address.to_string());
        command.envs(socket.iter().map(|socket| (roles::PHP, socket)));
        command
    };
    let keep = move || {
        let mut command = Command::new(&program);
        command.arg("--keep").arg(&folder);
        command
    };
    let server = HttpServer::default();
    let stop = &server.stop;
    // Two, so that there is another one to be asked when one gives no answer.
    let workers = [start(count, work.clone(), stop)?, start(count, work, stop)?];
    let keeper = start(1, keep, stop)?;
    let front = arguments.value("--front").map(|name| {
        let (group, address) = outside::front(&name.to_string_lossy(), own.path(), address)?;
        log(format_args!("in front of it: http://{address}/"));
        anyhow::Ok(group)
    });
    let front = front.transpose()?;

    let orders = workers.iter().map(|group| group.orders.clone()).collect();
    obey(signals, orders, server.stop.clone(), own.path().to_owned())?;
    let addresses = workers.each_ref().map(|group| (group.address, 1));
    balance(server, listener, &addresses, keeper.address)?;
    // Nobody asks them any more: from the outside to the inside.
    drop(front);
    for group in workers.into_iter().chain([keeper]) {
        group.orders.give(Order::Stop);
        group.master.join().map_err(|_| anyhow::anyhow!("a master has panicked"))??;
    }
    drop(php);
    Ok(())
}

/// Starts `count` processes by `command`, which share a socket. If none can be started, everything
/// stops.
fn start(
    count: usize,
    command: impl FnMut() -> Command + Send + 'static,
    stop: &Stop,
) -> Result<Group> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let master = Master::new(listener, count, STOP_TIME, command)?;
    let orders = master.orders();
    let stop = stop.clone();
    let master = thread::Builder::new().spawn(move || {
        let outcome = master.run();
        stop.request();
        outcome
    })?;
    Ok(Group { address, orders, master })
}

/// Passes on what clients ask for, until it is told to stop.
fn balance(
    mut server: HttpServer,
    listener: TcpListener,
    workers: &[(SocketAddr, u32)],
    keeper: SocketAddr,
) -> Result<()> {
    server.limits.connections = room_for_clients(2 * server.limits.connections) / 2;
    server.limits.connections_per_network = server.limits.connections;
    let pool = Pool::detached(server.limits.workers, server.limits.queue)?;
    let _written_at_the_end = BackgroundLog::start()?;
    let mut executor = Executor::new(Mio::new()?);
    let handle = executor.handle().clone();
    let site = HttpSite::new(Arc::new(server), Arc::new(pool), &handle);
    let upstream = |backends: &[_]| Upstream::new(backends, UpstreamSettings::default());
    let is_file = |request: &Request| {
        request.path.strip_prefix("/files").is_some_and(|rest| !rest.starts_with(|c| c != '/'))
    };
    site.register_upstream(is_file, upstream(&[(keeper, 1)]));
    site.register_upstream(|_| true, upstream(workers));
    let listener = handle.listen(listener)?;
    executor.run(async move { site.serve(listener).await })
}

/// Makes orders of signals. The workers are exchanged; the keeper of files is not, as there can be
/// but one.
fn obey(mut signals: Signals, workers: Vec<Orders>, stop: Stop, own: PathBuf) -> Result<()> {
    let give = move |order| workers.iter().for_each(|workers| workers.give(order));
    thread::Builder::new().spawn(move || {
        for signal in signals.forever() {
            match signal {
                SIGHUP => give(Order::Reload),
                SIGTTIN => give(Order::More),
                SIGTTOU => give(Order::Fewer),
                _ if stop.is_requested() => {
                    BackgroundLog::flush();
                    let _ = fs::remove_dir_all(&own); // nobody will be there to do it
                    process::exit(130); // the second time: as a program ends that does not listen
                }
                _ => {
                    log("stopping: whoever is being served may finish; Ctrl-C again ends all");
                    stop.request();
                }
            }
        }
    })?;
    Ok(())
}
