//! The same pages, fetched in five ways, and how long each took.

use anyhow::{Context, Result, ensure};
use ch19::{
    FetchError, Limits, Page, by_event_loop, by_futures, by_threads, in_series, in_session,
};
use cpu_time::ProcessTime;
use program::{Arguments, Program};
use std::io::{self, Write};
use std::num::NonZero;
use std::process::ExitCode;
use std::time::Duration;
use url::Url;

const PROGRAM: Program = Program {
    name: "five-ways",
    about: "Fetches the same pages of ch19 in five ways, and says how long each takes.",
    port: 8019,
    try_it: "",
    options: &[
        ("--pages COUNT", "how many pages; else 300"),
        ("--rounds COUNT", "how often each way is tried; else 3"),
    ],
};

/// How many characters the longest bar has.
const WIDTH: f64 = 40.0;

type Pages = Vec<Result<Page, FetchError>>;
type Fetch = Box<dyn Fn(&[Url], &Limits) -> Result<Pages>>;

/// A way, and how long it took in each round.
struct Way {
    name: String,
    fetch: Fetch,
    times: Vec<Duration>,
    processor: Vec<Duration>,
}

fn main() -> ExitCode {
    PROGRAM.run(compare)
}

fn compare(arguments: &Arguments) -> Result<()> {
    let count = number(arguments, "--pages", 300)?;
    let rounds = number(arguments, "--rounds", 3)?;
    let url = |page| Url::parse(&format!("http://{}/page/{page}", arguments.address));
    let urls: Vec<Url> = (0..count).map(url).collect::<Result<_, _>>()?;
    let limits = Limits::default();
    let mut ways = ways();
    // In turn, so that what slows the machine down slows all of them.
    for _ in 0..rounds {
        for way in &mut ways {
            let (since, processor) = (std::time::Instant::now(), ProcessTime::now());
            let pages = (way.fetch)(&urls, &limits)?;
            way.times.push(since.elapsed());
            way.processor.push(processor.elapsed());
            check(pages).with_context(|| way.name.clone())?;
        }
    }
    let mut out = io::stdout().lock();
    writeln!(out, "{count} pages of {}, the median of {rounds} rounds", arguments.address)?;
    writeln!(out, "{:<26}{:>9}{:>14}", "", "time", "processor")?;
    let slowest = ways.iter_mut().map(|way| median(&mut way.times)).max().unwrap_or_default();
    for way in &mut ways {
        let (time, processor) = (median(&mut way.times), median(&mut way.processor));
        let length = (WIDTH * (time.as_secs_f64() / slowest.as_secs_f64())).ceil() as usize;
        let (time, processor) = (time.as_secs_f64(), processor.as_secs_f64());
        writeln!(out, "{:<26}{time:>7.2} s{processor:>12.3} s  {}", way.name, "#".repeat(length))?;
    }
    Ok(())
}

fn ways() -> Vec<Way> {
    let way = |name: &str, fetch: Fetch| Way {
        name: name.into(),
        fetch,
        times: Vec::new(),
        processor: Vec::new(),
    };
    let mut ways = vec![
        way("a connection for each", Box::new(|urls, limits| Ok(in_series(urls, limits)))),
        way("a session", Box::new(|urls, limits| Ok(in_session(urls, limits)))),
    ];
    for count in [4, 16, 64] {
        ways.push(way(
            &format!("{count} threads"),
            Box::new(move |urls, limits| by_threads(urls, limits, count)),
        ));
    }
    ways.push(way(
        "event loop, 64 at once",
        Box::new(|urls, limits| by_event_loop(urls, limits, 64)),
    ));
    ways.push(way("futures, 64 at once", Box::new(|urls, limits| by_futures(urls, limits, 64))));
    ways
}

/// Each page must be the one that was asked for.
fn check(pages: Pages) -> Result<()> {
    for (number, page) in pages.into_iter().enumerate() {
        let page = page.with_context(|| format!("page {number}"))?;
        let is_right = page.body == format!("this is page {number}\n").as_bytes();
        ensure!(page.status == 200 && is_right, "page {number} is another one; is it `ch19`?");
    }
    Ok(())
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn number(arguments: &Arguments, option: &str, default: usize) -> Result<usize> {
    let Some(value) = arguments.value(option) else { return Ok(default) };
    let number = value.to_str().and_then(|text| text.parse::<NonZero<usize>>().ok());
    Ok(number.with_context(|| format!("{option} is a number, 1 at least"))?.get())
}
