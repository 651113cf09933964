//! `workbook read`: builds the book, serves it, and builds it again at every
//! change.

use crate::course::checkout::Checkout;
use crate::serve::chapter_servers::Servers;
use crate::serve::marks;
use crate::serve::routes::server;
use crate::serve::site::Site;
use crate::serve::snapshot::Snapshot;
use crate::system::process::{ScratchFolder, exit, instead_of_next_ctrl_c};
use crate::system::screen::{BOLD, DIM, RED, paint, print_error, print_line};
use anyhow::{Context, Result, bail};
use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_millis(150);

/// Serves the book until Ctrl-C. Whoever is being served then may finish; a second Ctrl-C ends
/// all.
pub fn run(checkout: &Checkout, port: u16) -> Result<bool> {
    let listener = match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(listener) => listener,
        Err(error) if error.kind() == ErrorKind::AddrInUse => bail!(
            "port {port} is in use: perhaps the book is open already, at http://127.0.0.1:{port}/. \
             Look there, end that one, or choose another port: cargo workbook read --port 0"
        ),
        Err(error) => return Err(error).context(format!("cannot listen on port {port}")),
    };
    let address = listener.local_addr().context("cannot tell the port")?;
    let port = address.port();
    print_line(format_args!(
        "workbook: the book is at {} (Ctrl-C ends it)",
        paint(BOLD, format_args!("http://127.0.0.1:{port}/"))
    ));
    print_line(paint(
        DIM,
        "workbook: each line below that begins with 127.0.0.1 is a request, \
                    as chapter 11 logs it",
    ));
    // A folder of its own: a build, or the book on another port, is not disturbed.
    let html = ScratchFolder::new(checkout.target.join(format!("book-on-{port}")));
    let site = Arc::new(Site::new(checkout.clone(), html.path().to_owned()));
    let servers = Arc::new(Servers::default());
    // Taken before the build: what changes meanwhile is a change.
    let before = Snapshot::take(&checkout.root);
    build(&site);
    {
        let (site, servers) = (Arc::clone(&site), Arc::clone(&servers));
        thread::Builder::new()
            .spawn(move || keep_up(&site, &servers, before))
            .context("cannot watch the files")?;
    }
    {
        let site = Arc::clone(&site);
        thread::Builder::new()
            .spawn(move || marks::keep(&site))
            .context("cannot watch the exercises")?;
    }
    let server = server(&site, &servers, port);
    let stop = server.stop.clone();
    instead_of_next_ctrl_c(move || {
        stop.request(address);
        site.end_news();
        print_line(paint(
            DIM,
            "workbook: stopping: whoever is being served may finish; Ctrl-C again ends all",
        ));
    });
    server.serve(server.stop.accept_from(listener));
    // The threads above know of no end.
    exit(0);
}

/// Builds again whenever something has changed.
fn keep_up(site: &Site, servers: &Servers, mut before: Snapshot) {
    loop {
        thread::sleep(LOOK);
        let now = Snapshot::take(&site.checkout.root);
        let changed = now.changed(&before);
        before = now;
        let Some(first) = changed.first() else { continue };
        let more = match changed.len() {
            1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        let name = site.checkout.short(first);
        print_line(paint(DIM, format_args!("workbook: {name}{more} changed")));
        let code = |path: &std::path::PathBuf| {
            let name = site.checkout.short(path);
            name.starts_with("chapters/") && !name.ends_with("course.toml")
        };
        if changed.iter().any(code) {
            servers.end_all();
        }
        build(site);
    }
}

fn build(site: &Site) {
    match site.rebuild() {
        (took, None) => {
            let seconds = took.as_secs_f32();
            print_line(paint(DIM, format_args!("workbook: built the book in {seconds:.2} s")));
        }
        (_, Some(fault)) => {
            print_error(format_args!(
                "{} {fault}",
                paint(RED, "workbook: the book cannot be built:")
            ));
        }
    }
}
