//! How long clients take for 300 pages of chapter 19's server, which lets each wait for 20 ms: our
//! ways of waiting beside requests and aiohttp, where Python has them.
//!
//! ```text
//! cargo bench -p course-tests --bench clients 2>/dev/null
//! ```
//!
//! `CLIENT_PYTHON` names a Python that has both; else `python3` is asked. The clients are measured
//! in turn, round by round, so that what slows the machine down slows all of them. The time of a
//! processor is that of the client's process, without the start of Python. With `BLESS` in the
//! environment the table is written into the book.

use ch19::{
    FetchError, Limits, Page, by_event_loop, by_futures, by_threads, in_series, in_session,
};
use cpu_time::ProcessTime;
use launch::{Build, Programs, Server, Which, listening_on};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};
use url::Url;

const ROUNDS: usize = 5;
const PAGES: usize = 300;
const AT_ONCE: usize = 64;

/// Where the page finds it.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../book/measured/clients.md");

/// Fetches the pages in the way that it is told, and prints how many seconds that took, and how
/// many of a processor.
const PYTHON: &str = r#"
import asyncio, sys, time
from concurrent.futures import ThreadPoolExecutor
import aiohttp, requests

way, address, count, at_once = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
urls = [f"http://{address}/page/{number}" for number in range(count)]

def in_series():
    return [requests.get(url).text for url in urls]

def in_session():
    with requests.Session() as session:
        return [session.get(url).text for url in urls]

def by_threads():
    with requests.Session() as session, ThreadPoolExecutor(at_once) as pool:
        session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=at_once))
        return [answer.text for answer in pool.map(session.get, urls)]

async def with_aiohttp():
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=at_once)) as session:
        async def fetch(url):
            async with session.get(url) as answer:
                return await answer.text()
        return await asyncio.gather(*map(fetch, urls))

def by_aiohttp():
    return asyncio.run(with_aiohttp())

since, processor = time.perf_counter(), time.process_time()
pages = globals()[way]()
print(time.perf_counter() - since, time.process_time() - processor)
assert pages == [f"this is page {number}\n" for number in range(count)]
"#;

type Times = (Duration, Duration);

/// A way, and how long it took in each round: by the clock, and of a processor.
struct Way<'a> {
    name: String,
    fetch: Box<dyn Fn() -> Times + 'a>,
    times: Vec<Duration>,
    processor: Vec<Duration>,
}

fn main() {
    let course = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let release = Build { release: true, ..Build::default() };
    let programs =
        Programs::build(course, Which::Of(&["ch19"]), release).expect("the server compiles");
    let mut server = Command::new(programs.path("ch19").expect("the server is built"));
    server.args(["127.0.0.1:0", "--delay", "20"]).stderr(Stdio::null());
    let server = Server::start(server, listening_on, Duration::from_secs(30));
    let server = server.expect("the server starts");
    let address = server.address.to_string();
    let page = |number| format!("http://{address}/page/{number}").parse().expect("a URL");
    let urls: Vec<Url> = (0..PAGES).map(page).collect();
    let limits = Limits::default();

    let mut ways = ours(&urls, &limits);
    ways.extend(theirs(&address));
    for _ in 0..ROUNDS {
        for way in &mut ways {
            let (time, processor) = (way.fetch)();
            way.times.push(time);
            way.processor.push(processor);
        }
    }
    let mut table = String::from("| | time | processor |\n| --- | --- | --- |\n");
    for way in &mut ways {
        let [time, processor] = [&mut way.times, &mut way.processor].map(|times| median(times));
        table += &format!("| {} | {time:.2} s | {processor:.3} s |\n", way.name);
    }
    println!("{PAGES} pages after 20 ms each, the median of {ROUNDS} rounds\n\n{table}");
    if env::var_os("BLESS").is_some() {
        fs::write(FILE, table).expect("the table can be written");
    }
}

fn way<'a>(name: String, fetch: impl Fn() -> Times + 'a) -> Way<'a> {
    Way { name, fetch: Box::new(fetch), times: Vec::new(), processor: Vec::new() }
}

/// The time of `fetch`, whose pages must be those that were asked for.
fn timed(fetch: impl Fn() -> anyhow::Result<Vec<Result<Page, FetchError>>>) -> Times {
    let (since, processor) = (Instant::now(), ProcessTime::now());
    let pages = fetch().expect("the pages");
    let times = (since.elapsed(), processor.elapsed());
    assert_eq!(pages.len(), PAGES);
    for (number, page) in pages.into_iter().enumerate() {
        let page = page.expect("a page");
        assert_eq!((page.status, page.body), (200, format!("this is page {number}\n").into()));
    }
    times
}

fn ours<'a>(urls: &'a [Url], limits: &'a Limits) -> Vec<Way<'a>> {
    let mut ways = vec![
        way("ours, in series".into(), || timed(|| Ok(in_series(urls, limits)))),
        way("ours, a session".into(), || timed(|| Ok(in_session(urls, limits)))),
    ];
    for count in [4, 16, AT_ONCE] {
        let fetch = move || timed(|| by_threads(urls, limits, count));
        ways.push(way(format!("ours, {count} threads"), fetch));
    }
    ways.push(way(format!("ours, event loop, {AT_ONCE} at once"), || {
        timed(|| by_event_loop(urls, limits, AT_ONCE))
    }));
    ways.push(way(format!("ours, futures, {AT_ONCE} at once"), || {
        timed(|| by_futures(urls, limits, AT_ONCE))
    }));
    ways
}

/// Python's, if it has what it takes; else that is said.
fn theirs(address: &str) -> Vec<Way<'_>> {
    let python = env::var_os("CLIENT_PYTHON").unwrap_or_else(|| "python3".into());
    let versions = "import aiohttp, requests; print(requests.__version__, aiohttp.__version__)";
    let found = Command::new(&python).args(["-c", versions]).stderr(Stdio::null()).output();
    let Some(found) = found.ok().filter(|found| found.status.success()) else {
        println!("{} has no requests and aiohttp: they are left out\n", python.display());
        return Vec::new();
    };
    let found = String::from_utf8_lossy(&found.stdout).into_owned();
    let (requests, aiohttp) = found.trim().split_once(' ').expect("two versions");
    let run = move |way: &str| {
        let mut command = Command::new(&python);
        command.args(["-c", PYTHON, way, address, &PAGES.to_string(), &AT_ONCE.to_string()]);
        command.env("no_proxy", "127.0.0.1").stderr(Stdio::inherit());
        let output = command.output().expect("Python can be started");
        assert!(output.status.success(), "{way}");
        let seconds = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut seconds =
            seconds.split_whitespace().map(|number| number.parse().expect("a number"));
        let mut next = || Duration::from_secs_f64(seconds.next().expect("two numbers"));
        (next(), next())
    };
    let names = [
        ("in_series", format!("requests {requests}, in series")),
        ("in_session", format!("requests {requests}, a session")),
        ("by_threads", format!("requests {requests}, {AT_ONCE} threads")),
        ("by_aiohttp", format!("aiohttp {aiohttp}, {AT_ONCE} at once")),
    ];
    let run = std::rc::Rc::new(run);
    let ways = names.map(|(function, name)| {
        let run = std::rc::Rc::clone(&run);
        way(name, move || run(function))
    });
    ways.into()
}

/// The middle one, in seconds.
fn median(times: &mut [Duration]) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64()
}
