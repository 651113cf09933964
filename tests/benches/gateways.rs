//! How many requests a second a gateway passes on: ours beside Apache and nginx, each with the same
//! script, or the same php-fpm, behind it. A server that is not installed is named and left out.
//!
//! ```text
//! cargo bench -p course-tests --bench gateways 2>/dev/null
//! ```
//!
//! The servers are measured in turn, round by round, so that what slows the machine down slows all
//! of them. Four clients ask, each on a connection that stays.
#![cfg_attr(not(unix), allow(unused))]

#[cfg(unix)]
#[allow(dead_code)] // The tests of gateways use the rest.
#[path = "../gateways/peers.rs"]
mod peers;

use mock::TcpClient;
use std::net::SocketAddr;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

const ROUNDS: usize = 7;
const CLIENTS: usize = 4;
const TIME: Duration = Duration::from_secs(1);

/// A server with what it is asked for, and how many requests it answered in each round.
struct Measured {
    name: &'static str,
    address: SocketAddr,
    target: &'static str,
    rates: Vec<f64>,
}

#[cfg(unix)]
fn main() {
    use ch17::{Address, Cgi, FastCgi};
    use peers::{Ours, PhpFpm, apache, fcgiwrap, folder, nginx, put, script};

    let text = "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\nHi there!\\n'\n";
    let [ours, theirs, third] = [folder(), folder(), folder()];
    for folder in [&ours, &theirs, &third] {
        script(&folder.path().join("cgi-bin/hello"), text);
    }
    let our_cgi = Ours::serve(Cgi::below(&ours.path().join("cgi-bin")));
    let mut servers = vec![measured("our Cgi", our_cgi.address, "/hello")];
    let apache = apache("cgid", theirs.path());
    if let Some(apache) = &apache {
        servers.push(measured("Apache, mod_cgid", apache.address, "/cgi-bin/hello"));
    }
    let wrapper = fcgiwrap(&third.path().join("fcgiwrap"));
    let nginx_cgi =
        wrapper.as_ref().and_then(|_| nginx(third.path(), &third.path().join("fcgiwrap")));
    if let Some((_, address)) = &nginx_cgi {
        servers.push(measured("nginx, fcgiwrap", *address, "/cgi-bin/hello"));
    }
    measure("A script of /bin/sh, started for each request", &mut servers);

    // Two of them: a process that has a kept connection serves nobody else.
    let [php, kept] = [folder(), folder()];
    let Some(_fpm) = PhpFpm::start(php.path()) else { return };
    let Some(_other_fpm) = PhpFpm::start(kept.path()) else { return };
    let ask_fpm = |folder: &Path| {
        put(&folder.join("cgi-bin/hello.php"), "<?php echo \"Hi there!\\n\";");
        FastCgi::below(folder, Address::Unix(folder.join("fpm")))
    };
    let our_fast_cgi = Ours::serve(ask_fpm(php.path()));
    let our_kept = Ours::serve(ask_fpm(kept.path()).keep(CLIENTS));
    let mut servers = vec![
        measured("our FastCgi", our_fast_cgi.address, "/cgi-bin/hello.php"),
        measured("our FastCgi, 4 kept", our_kept.address, "/cgi-bin/hello.php"),
    ];
    let nginx_php = nginx(php.path(), &php.path().join("fpm"));
    if let Some((_, address)) = &nginx_php {
        servers.push(measured("nginx", *address, "/cgi-bin/hello.php"));
    }
    measure("A script of PHP, in php-fpm with four processes", &mut servers);
}

#[cfg(not(unix))]
fn main() {
    println!("nothing is measured here: CGI is chapter 17's on Unix alone");
}

fn measured(name: &'static str, address: SocketAddr, target: &'static str) -> Measured {
    Measured { name, address, target, rates: Vec::new() }
}

fn measure(what: &str, servers: &mut [Measured]) {
    for _ in 0..ROUNDS {
        for server in &mut *servers {
            let rate = rate(server.address, server.target);
            server.rates.push(rate);
        }
    }
    println!("{what}: requests a second, the median of {ROUNDS} rounds (least and most)");
    for server in servers {
        server.rates.sort_by(f64::total_cmp);
        let [least, median, most] = [0, ROUNDS / 2, ROUNDS - 1].map(|place| server.rates[place]);
        println!("  {:<20}{median:>8.0}  ({least:.0} to {most:.0})", server.name);
    }
}

/// How many requests a second are answered, and rightly.
fn rate(address: SocketAddr, target: &str) -> f64 {
    let since = Instant::now();
    let request = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let ask = || {
        let (mut count, mut client) = (0, TcpClient::connect(address));
        while since.elapsed() < TIME {
            // Some close a connection after a thousand requests.
            match answered(&mut client, &request) {
                true => count += 1,
                false => client = TcpClient::connect(address),
            }
        }
        count
    };
    let counts = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(ask)).collect();
        clients.into_iter().map(|client| client.join().expect("a client")).sum::<u32>()
    });
    f64::from(counts) / since.elapsed().as_secs_f64()
}

/// Whether a request is answered; `false` if the connection has ended before it.
fn answered(client: &mut TcpClient, request: &str) -> bool {
    if client.try_send(request).is_err() {
        return false;
    }
    match client.read_reply() {
        Ok(reply) => assert_eq!((reply.status, reply.text()), (200, "Hi there!\n")),
        Err(part) if part.is_empty() => return false,
        Err(part) => panic!("an answer that breaks off: {}", part.escape_ascii()),
    }
    true
}
