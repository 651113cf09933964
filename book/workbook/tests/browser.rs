//! The console and the live reload in a real browser.
//!
//! Skipped, and said so, where no browser is installed; `CHROMIUM` may name one.
//! With `SCREENSHOTS=DIR` pictures of the pages are left in a folder.

mod chrome;

use chrome::Chrome;
use serde_json::json;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use workbook::serve::chapter_servers::Servers;
use workbook::serve::routes::server;
use workbook::serve::site::{Mark, Site};
use workbook::system::process::{Group, end_all_on_ctrl_c};

/// `workbook read` on a port that is free.
struct Reading {
    address: String,
    group: Group,
    built: Receiver<()>,
}

impl Drop for Reading {
    /// Asks it to end, so that it tidies up; the group ends it if it does not.
    fn drop(&mut self) {
        #[cfg(unix)]
        {
            use nix::sys::signal::{Signal, kill};
            let pid = nix::unistd::Pid::from_raw(self.group.id() as i32);
            let _ = kill(pid, Signal::SIGTERM);
            // Its output ends with it.
            while self.built.recv_timeout(Duration::from_secs(5)).is_ok() {}
        }
    }
}

impl Reading {
    fn start(folder: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_workbook"));
        command.args(["read", "--port", "0"]).current_dir(folder);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut group = Group::start(&mut command).unwrap();
        let mut lines = BufReader::new(group.child().stdout.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        let address = first.split_whitespace().find(|word| word.starts_with("http://"));
        let address = address.unwrap().trim_end_matches('/').to_owned();
        // Until the book is built, and then on, so that its output never fills.
        let (send, built) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if line.contains("built the book") {
                    let _ = send.send(());
                }
            }
        });
        built.recv_timeout(Duration::from_secs(60)).expect("the book was not built");
        Self { address, group, built }
    }
}

fn browser() -> Option<Chrome> {
    let Some(program) = chrome::find() else {
        println!("skipped: no Chromium or Chrome is installed; CHROMIUM=PATH names one");
        return None;
    };
    end_all_on_ctrl_c();
    Some(Chrome::start(&program))
}

#[test]
fn the_console_sends_what_is_typed_and_shows_the_bytes_that_come_back() {
    let Some(mut chrome) = browser() else { return };
    let reading = Reading::start(Path::new(env!("CARGO_MANIFEST_DIR")));
    let url = format!("{}/ch10-static-files.html", reading.address);
    chrome.resize(1200, 900);
    chrome.open(&url);
    chrome.until("document.querySelector('.wire textarea')");

    // By keyboard alone: into the text, everything replaced, sent with Ctrl+Enter.
    chrome.eval("document.querySelector('.wire textarea').focus()");
    chrome.eval("document.activeElement.select()");
    chrome.type_text("GET /picture.png HTTP/1.1\nHost: localhost\n\n");
    chrome.press("Enter", 13, true);
    chrome.until("document.querySelector('.wire-status').textContent.includes('came back')");
    let answer = chrome.eval("document.querySelector('.wire-answer').textContent");
    let answer = answer.as_str().unwrap();
    assert!(answer.contains("HTTP/1.0 200 OKCRLF\n"), "{answer}");
    assert!(answer.contains("Content-Type: image/pngCRLF\n"), "{answer}");
    assert!(answer.contains("0x89PNGCRLF\n"), "{answer}");
    let status = chrome.eval("document.querySelector('.wire-status').textContent");
    let status = status.as_str().unwrap();
    assert!(status.contains("46 bytes sent"), "{status}");
    assert!(status.contains("closed the connection"), "{status}");
    chrome.eval("document.querySelector('.wire').scrollIntoView()");
    chrome.screenshot("console");

    // A bare line feed stands out, and chapter 7 refuses it.
    chrome.eval("document.querySelector('.wire input').click()");
    chrome.eval("document.querySelector('.wire').requestSubmit()");
    chrome.until("document.querySelector('.wire-answer').textContent.includes(' 400 ')");

    // Keys of the book do nothing in the text, and Tab leads out of it.
    chrome.eval("document.querySelector('.wire textarea').focus()");
    chrome.press("ArrowRight", 39, false);
    assert_eq!(chrome.eval("location.href"), json!(url));
    chrome.press("Tab", 9, false);
    let outside = chrome.eval("document.activeElement.tagName !== 'TEXTAREA'");
    assert_eq!(outside, json!(true), "Tab must lead out of the text");

    // A name for everything that a screen reader comes to.
    let unnamed = chrome.eval(
        "[...document.querySelectorAll('.wire input, .wire textarea, .wire button, .wire pre')]
            .filter((one) => !(one.ariaLabel || one.textContent || one.labels?.length)).length",
    );
    assert_eq!(unnamed, json!(0));

    // On a phone all of it fits.
    chrome.resize(390, 844);
    chrome.call("Page.reload", json!({}));
    chrome.until("innerWidth === 390 && document.querySelector('.wire textarea')");
    chrome.eval("document.querySelector('.wire').requestSubmit()");
    chrome.until("document.querySelector('.wire-status').textContent.includes('came back')");
    let right = chrome.eval(
        "Math.max(...[...document.querySelectorAll('.wire, .wire *')]
            .map((one) => one.getBoundingClientRect().right))",
    );
    assert!(right.as_f64() <= Some(390.0), "the console ends at {right} of 390");
    chrome.eval("document.querySelector('.wire').scrollIntoView()");
    chrome.screenshot("console-phone");
}

#[test]
fn every_theme_and_width_can_be_read() {
    let Some(mut chrome) = browser() else { return };
    let reading = Reading::start(Path::new(env!("CARGO_MANIFEST_DIR")));
    let pages = [
        "introduction",
        "ch01-echo",
        "ch06-server-in-a-box",
        "ch10-static-files",
        "measurements",
        "teaching",
    ];
    for (width, height) in [(1200, 900), (390, 844)] {
        chrome.resize(width, height);
        for page in pages {
            chrome.open(&format!("{}/{page}.html", reading.address));
            chrome.until("!document.querySelector('code.wire')"); // they are consoles by now
            let themes = match std::env::var_os("SCREENSHOTS") {
                Some(_) => vec!["light", "rust", "coal", "navy", "ayu"],
                None => vec!["light", "navy"],
            };
            for theme in themes {
                chrome.theme(theme);
                // Nothing may make the page itself wider than the window.
                let wide = chrome.eval("document.documentElement.scrollWidth - innerWidth");
                assert!(wide.as_i64() <= Some(0), "{page} is {wide} too wide at {width}");
                let faint = chrome.eval(CONTRAST);
                assert_eq!(faint, json!([]), "{page} in {theme}");
                let all = chrome.eval("document.querySelector('main').scrollHeight");
                let all = u32::try_from(all.as_u64().unwrap_or(0)).unwrap_or(0);
                if std::env::var_os("SCREENSHOTS").is_some() {
                    chrome.resize(width, (all + 200).min(9000));
                    chrome.screenshot(&format!("{page}-{theme}-{width}"));
                    chrome.resize(width, height);
                }
            }
        }
    }
}

/// The texts that can be seen and whose contrast is below 4.5 to 1.
const CONTRAST: &str = r"
(() => {
    const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
    const known = new Map();
    const channels = (colour) => {
        if (!known.has(colour)) {
            canvas.clearRect(0, 0, 1, 1);
            canvas.fillStyle = colour;
            canvas.fillRect(0, 0, 1, 1);
            known.set(colour, [...canvas.getImageData(0, 0, 1, 1).data]);
        }
        return known.get(colour);
    };
    const luminance = (colour) => channels(colour).slice(0, 3)
        .map((one) => one / 255)
        .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
        .reduce((sum, one, index) => sum + one * [0.2126, 0.7152, 0.0722][index], 0);
    const ground = (element) => {
        for (let at = element; at; at = at.parentElement) {
            const colour = getComputedStyle(at).backgroundColor;
            if (channels(colour)[3] > 0) {
                return colour;
            }
        }
        return 'white';
    };
    const faint = new Set();
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const element = texts.currentNode.parentElement;
        if (!texts.currentNode.textContent.trim() || !element.checkVisibility()
            || element.closest('title, script, style')) {
            continue;
        }
        const style = getComputedStyle(element);
        const drawn = element.namespaceURI.endsWith('svg');
        const [a, b] = [luminance(drawn ? style.fill : style.color), luminance(ground(element))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < 4.5) {
            const name = element.className.baseVal ?? element.className;
            const parent = element.parentElement.className;
            faint.add(`${element.localName}.${name} in ${parent}: ${style.color} ${ratio.toFixed(2)}`);
        }
    }
    return [...faint];
})()";

/// A small course with the book's own style and the script that asks for news.
fn sample_with_theme() -> sample::Sample {
    let sample = sample::Sample::new();
    for (name, text) in [
        ("workbook.css", include_str!("../../theme/workbook.css")),
        ("reload.js", include_str!("../../theme/reload.js")),
    ] {
        sample.write(&format!("book/theme/{name}"), text);
    }
    let book = sample.read("book/book.toml");
    let assets = "additional-css = ['theme/workbook.css']\nadditional-js = ['theme/reload.js']\n";
    sample.write("book/book.toml", &format!("{book}\n{assets}"));
    sample
}

#[test]
fn chapters_whose_exercises_pass_are_marked_in_the_navigation() {
    let Some(mut chrome) = browser() else { return };
    let sample = sample_with_theme();
    let site = Arc::new(Site::new(sample.checkout(), sample.path("target/book")));
    assert_eq!(site.rebuild().1, None);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let book = server(&site, &Arc::new(Servers::default()), port);
    // It serves until the test program ends.
    std::thread::spawn(move || book.serve(listener.incoming()));

    site.mark("ch01-echo.html", Some(Mark { passed: 1, tasks: 4 }));
    chrome.resize(1200, 900);
    chrome.open(&format!("http://127.0.0.1:{port}/ch02-loop.html"));
    let marks = "[...document.querySelectorAll('.sidebar .wb-mark')].map((mark) => \
                 [mark.closest('a').textContent.includes('Echo'), mark.textContent, mark.ariaLabel])";
    chrome.until("document.querySelector('.sidebar .wb-mark')");
    assert_eq!(chrome.eval(marks), json!([[true, "1/4", "1 of 4 tasks pass"]]));

    // The next run is seen without another look at the page.
    chrome.eval("window.same = true");
    site.mark("ch01-echo.html", Some(Mark { passed: 4, tasks: 4 }));
    chrome.until("document.querySelector('.sidebar .wb-mark-all')");
    assert_eq!(chrome.eval(marks), json!([[true, "\u{2713}", "all tasks pass"]]));
    chrome.screenshot("marks");
    site.mark("ch01-echo.html", None);
    chrome.until("!document.querySelector('.sidebar .wb-mark')");
    assert_eq!(
        chrome.eval("window.same"),
        json!(true),
        "a mark is no reason to load the page again"
    );
}

#[test]
fn a_changed_page_is_shown_again_and_a_fault_is_told() {
    let Some(mut chrome) = browser() else { return };
    let sample = sample_with_theme();
    let reading = Reading::start(sample.checkout().root.as_path());
    chrome.open(&format!("{}/ch01-echo.html", reading.address));

    let page = sample.read("book/src/ch01-echo.md");
    sample.write("book/src/ch01-echo.md", &format!("{page}\nA new sentence.\n"));
    let start = Instant::now();
    chrome.until("document.body.textContent.includes('A new sentence.')");
    println!("a saved page is shown again after {} ms", start.elapsed().as_millis());

    sample.write("book/src/ch01-echo.md", &format!("{page}\n```rust\nlet x;\n```\n"));
    chrome.until("document.querySelector('.wb-fault')?.textContent.includes('ch01-echo.md:9')");
    let still = chrome.eval("document.body.textContent.includes('A new sentence.')");
    assert_eq!(still, json!(true), "the last good page stays");
    chrome.screenshot("fault");

    // An included source counts as well.
    sample.write("book/src/ch01-echo.md", &page);
    chrome.until("!document.querySelector('.wb-fault')");
    let source = sample.path("chapters/ch01-echo/src/say.rs");
    let text = fs::read_to_string(&source).unwrap();
    fs::write(&source, text.replace("hello()", "hello_again()")).unwrap();
    chrome.until("document.body.textContent.includes('hello_again()')");
}

mod sample;
