//! The console, the live reload and the guest book of chapter 18 in a real browser.
//!
//! Skipped, and said so, where no browser is installed; `CHROMIUM` may name one.
//! With `SCREENSHOTS=DIR` pictures of the pages are left in a folder.

mod chrome;
mod guest_book;

use chrome::Chrome;
use launch::{ProcessGroup, Server, Which, listening_on};
use serde_json::json;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use workbook::course::checkout::Checkout;
use workbook::serve::chapter_servers::Servers;
use workbook::serve::routes::server;
use workbook::serve::site::{Mark, Site};
use workbook::system::process::end_all_on_ctrl_c;
use workbook::system::programs::build;

/// `workbook read` on a port that is free.
struct Reading {
    address: String,
    group: ProcessGroup,
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
        let mut group = ProcessGroup::start(&mut command).unwrap();
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
    chrome.resize(PHONE, 844);
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

    // Old bytes must not stand above the news that nobody answers any more.
    let hidden = "document.querySelector('.wire-answer').hidden";
    assert_eq!(chrome.eval(hidden), json!(false));
    drop(reading);
    chrome.eval("document.querySelector('.wire').requestSubmit()");
    chrome.until("document.querySelector('.wire-status').textContent.includes('is gone')");
    assert_eq!(chrome.eval(hidden), json!(true));
    assert_eq!(chrome.eval("document.querySelector('.wire-log').hidden"), json!(true));
}

/// The addresses of all pages, in their order.
fn all_pages(chrome: &mut Chrome, reading: &Reading) -> Vec<String> {
    chrome.open(&format!("{}/introduction.html", reading.address));
    let links = "[...document.querySelectorAll('.sidebar .chapter a[href]')]
        .map((link) => link.href.split('#')[0])
        .filter((url, at, all) => all.indexOf(url) === at)";
    chrome.until("document.querySelector('.sidebar .chapter a[href]')");
    let pages: Vec<String> = serde_json::from_value(chrome.eval(links)).unwrap();
    assert!(pages.len() >= 20, "{pages:?}");
    pages
}

/// Opens a page and everything on it that can be opened.
fn open_all_of(chrome: &mut Chrome, url: &str) {
    chrome.open(url);
    chrome.until("!document.querySelector('code.wire')"); // they are consoles by now
    chrome.eval("document.querySelectorAll('main details').forEach((one) => { one.open = true; })");
    chrome.eval("document.fonts.ready.then(() => true)");
}

/// A window of 1280 pixels, without the 15 that a scroll bar may take.
const DESK: u32 = 1265;

/// The width of a phone.
const PHONE: u32 = 390;

#[test]
fn nothing_on_a_page_scrolls_sideways_in_a_window_of_1280_pixels() {
    let Some(mut chrome) = browser() else { return };
    let reading = Reading::start(Path::new(env!("CARGO_MANIFEST_DIR")));
    chrome.resize(DESK, 900);
    for url in all_pages(&mut chrome, &reading) {
        open_all_of(&mut chrome, &url);
        let sidebar =
            chrome.eval("document.querySelector('.sidebar').getBoundingClientRect().right");
        assert!(sidebar.as_f64() > Some(250.0), "the navigation is open: {sidebar}");
        let cut = chrome.eval(
            "[...document.querySelectorAll('main pre, main pre > code, .table-wrapper, .picture')]
                .filter((one) => one.scrollWidth > one.clientWidth)
                .map((one) => `${one.className}: ${one.textContent.trim().slice(0, 200)}`)",
        );
        assert_eq!(cut, json!([]), "{url}");
        look_in_every_theme(&mut chrome, &url, DESK);
        // And so it will be with other code: lines have up to 100 characters.
        let room = chrome.eval(
            "[...document.querySelectorAll('main pre > code, main .step pre > span')]
                .filter((one) => {
                    one.textContent = (one.localName === 'span' ? '+ ' : '') + 'x'.repeat(100);
                    const frame = one.closest('pre');
                    return [one, frame].some((it) => it.scrollWidth > it.clientWidth);
                }).length",
        );
        assert_eq!(room, json!(0), "{url} has code without room for 100 characters");
    }
}

#[test]
fn every_page_can_be_read_on_a_phone() {
    let Some(mut chrome) = browser() else { return };
    let reading = Reading::start(Path::new(env!("CARGO_MANIFEST_DIR")));
    chrome.resize(PHONE, 844);
    let mut pictures = 0;
    for url in all_pages(&mut chrome, &reading) {
        open_all_of(&mut chrome, &url);
        let wide = chrome.eval(
            "[document.documentElement, document.body, ...document.querySelectorAll('.content, main')]
                .filter((one) => one.scrollWidth > innerWidth || one.scrollLeft !== 0)
                .map((one) => `${one.localName}.${one.className} is ${one.scrollWidth} wide`)",
        );
        assert_eq!(wide, json!([]), "{url} scrolls sideways");
        look_in_every_theme(&mut chrome, &url, PHONE);

        // The words of a picture, in pixels of the screen.
        let sizes = chrome.eval(
            "[...document.querySelectorAll('.picture text')].map((text) => {
                const svg = text.ownerSVGElement;
                const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
                return scale * parseFloat(getComputedStyle(text).fontSize);
            })",
        );
        let sizes: Vec<f64> = serde_json::from_value(sizes).unwrap();
        let small = sizes.iter().find(|size| **size < 10.0);
        assert_eq!(small, None, "{url} has a picture with words of so many pixels");
        pictures += usize::from(!sizes.is_empty());

        // What is wider than the window says so, is reached by Tab, and shows all of itself.
        let mute = chrome.eval(
            "[...document.querySelectorAll('main pre, main pre > code, .table-wrapper, .picture')]
                .filter((one) => one.scrollWidth > one.clientWidth + 1)
                .filter((one) => {
                    const style = getComputedStyle(one);
                    one.scrollLeft = 1e6;
                    const end = one.scrollLeft + one.clientWidth >= one.scrollWidth - 1;
                    one.scrollLeft = 0;
                    return !end || one.tabIndex !== 0 || style.maskImage === 'none';
                })
                .map((one) => `${one.className}: ${one.textContent.trim().slice(0, 200)}`)",
        );
        assert_eq!(mute, json!([]), "{url}");
    }
    assert!(pictures > 10, "only {pictures} pages with pictures were looked at");
}

#[test]
fn on_a_phone_the_last_column_of_the_matrix_stands_beside_the_first() {
    let Some(mut chrome) = browser() else { return };
    let reading = Reading::start(Path::new(env!("CARGO_MANIFEST_DIR")));
    chrome.resize(PHONE, 844);
    chrome.open(&format!("{}/matrix.html", reading.address));
    chrome.until("document.querySelectorAll('.table-wrapper.wb-more-right').length > 5");
    chrome
        .eval("document.querySelectorAll('.wb-wide').forEach((one) => { one.scrollLeft = 1e6; })");
    chrome.until("!document.querySelector('.wb-more-right')");
    let places = chrome.eval(
        "[...document.querySelectorAll('.table-wrapper tr')].map((row) =>
            [row.firstElementChild, row.lastElementChild].map((cell) => {
                const { left, right } = cell.getBoundingClientRect();
                return [Math.round(left), Math.round(right)];
            }))",
    );
    let places: Vec<[[i64; 2]; 2]> = serde_json::from_value(places).unwrap();
    assert!(places.len() > 250, "{}", places.len());
    for [name, last] in places {
        assert!(name[0] >= 0 && name[1] <= last[0] && last[1] <= 390, "{name:?} {last:?}");
    }
    chrome.eval("document.querySelectorAll('.table-wrapper')[1].scrollIntoView()");
    chrome.screenshot("matrix-phone");
}

#[test]
fn the_matrix_has_room_for_more_chapters_in_a_window_of_1280_pixels() {
    let Some(mut chrome) = browser() else { return };
    let reading = Reading::start(Path::new(env!("CARGO_MANIFEST_DIR")));
    chrome.resize(DESK, 900);
    chrome.open(&format!("{}/matrix.html", reading.address));
    chrome.eval("document.fonts.ready.then(() => true)");
    chrome.eval(
        "document.querySelectorAll('.table-wrapper tr').forEach((row) => {
            for (let more = 0; more < 4; more++) row.append(row.lastElementChild.cloneNode(true));
        })",
    );
    let cut = chrome.eval(
        "[...document.querySelectorAll('.table-wrapper')]
            .map((one) => one.scrollWidth - one.clientWidth).filter((hidden) => hidden > 0)",
    );
    assert_eq!(cut, json!([]));
    chrome.eval("document.querySelectorAll('.table-wrapper')[1].scrollIntoView()");
    chrome.screenshot("matrix-desk");
}

#[test]
fn tab_leads_to_everything_that_scrolls_or_can_be_pressed() {
    let Some(mut chrome) = browser() else { return };
    let reading = Reading::start(Path::new(env!("CARGO_MANIFEST_DIR")));
    chrome.resize(PHONE, 844);
    open_all_of(&mut chrome, &format!("{}/ch06-server-in-a-box.html", reading.address));
    chrome.until("document.querySelector('.wb-wide') && document.querySelector('.clip-button')");
    chrome.eval(
        "window.seen = new Set();
         addEventListener('focusin', ({ target }) => { seen.add(target); });
         document.querySelector('main a').focus()",
    );
    let wanted = "[...document.querySelectorAll(
        'main :is(a[href], button, input, textarea, summary), main .wb-wide, main .picture')]";
    let count = chrome.eval(&format!("{wanted}.length")).as_u64().unwrap();
    assert!(count > 50, "{count}");
    for _ in 0..count + 20 {
        chrome.press("Tab", 9, false);
    }
    let missed = chrome.eval(&format!(
        "{wanted}.filter((one) => !seen.has(one)).map((one) => one.outerHTML.slice(0, 200))"
    ));
    assert_eq!(missed, json!([]));
}

#[test]
fn arrow_keys_scroll_code_and_turn_pages_elsewhere() {
    let Some(mut chrome) = browser() else { return };
    let reading = Reading::start(Path::new(env!("CARGO_MANIFEST_DIR")));
    let url = format!("{}/ch06-server-in-a-box.html", reading.address);
    for frame in ["pre > code.wb-wide", ".step pre.wb-wide", ".picture.wb-wide"] {
        chrome.resize(PHONE, 844);
        open_all_of(&mut chrome, &url);
        chrome.until(&format!("document.querySelector('{frame}')"));
        chrome.eval(&format!("document.querySelector('{frame}').focus()"));
        chrome.press("ArrowRight", 39, false);
        chrome.until("document.activeElement.scrollLeft > 0");
        // Scrolling is smooth, and a key that comes meanwhile changes where it ends.
        let is_back = (0..100).any(|_| {
            chrome.press("ArrowLeft", 37, false);
            let at_the_next_picture = "new Promise(done => requestAnimationFrame(() => \
                                       done(document.activeElement.scrollLeft === 0)))";
            chrome.eval(at_the_next_picture) == json!(true)
        });
        assert!(is_back, "{frame}");
        // At its end, too, it does not turn the page.
        chrome.press("ArrowLeft", 37, false);
        assert_eq!(chrome.eval("location.href"), json!(url), "{frame}");
    }
    chrome.eval("document.activeElement.blur()");
    chrome.press("ArrowRight", 39, false);
    chrome.until("location.pathname === '/ch07-parse-and-encode.html'");

    // The buttons that copy can be reached without a mouse.
    chrome.until("document.querySelectorAll('pre > .buttons button').length > 3");
    let out_of_reach = chrome.eval(
        "[...document.querySelectorAll('pre > .buttons button')]
            .filter((one) => getComputedStyle(one).visibility !== 'visible').length",
    );
    assert_eq!(out_of_reach, json!(0));
    chrome.eval("document.querySelector('pre > .buttons button').focus()");
    chrome.until("getComputedStyle(document.activeElement.parentElement).opacity === '1'");
}

/// Looks at the page that is open in light and dark: all of its text must stand out. If
/// pictures are wanted, it is in every theme, and one is taken of each.
#[track_caller]
fn look_in_every_theme(chrome: &mut Chrome, url: &str, width: u32) {
    let pictures = std::env::var_os("SCREENSHOTS").is_some();
    let themes =
        if pictures { &["rust", "coal", "ayu", "navy", "light"][..] } else { &["navy", "light"] };
    for theme in themes {
        chrome.theme(theme);
        assert_eq!(chrome.eval(CONTRAST), json!([]), "{url} in {theme}");
        if pictures {
            let all = chrome.eval("document.querySelector('main').scrollHeight");
            let all = u32::try_from(all.as_u64().unwrap_or(0)).unwrap_or(0);
            chrome.resize(width, (all + 200).min(9000));
            let page = url.rsplit('/').next().unwrap().trim_end_matches(".html");
            chrome.screenshot(&format!("{page}-{theme}-{width}"));
            chrome.resize(width, 900);
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
        ("wire.js", include_str!("../../theme/wire.js")),
    ] {
        sample.write(&format!("book/theme/{name}"), text);
    }
    let book = sample.read("book/book.toml");
    let assets = "additional-css = ['theme/workbook.css']\n\
                  additional-js = ['theme/wire.js', 'theme/reload.js']\n";
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

#[test]
fn what_is_typed_into_a_console_outlives_a_new_build_of_the_book() {
    let Some(mut chrome) = browser() else { return };
    let sample = sample_with_theme();
    let page = sample.read("book/src/ch01-echo.md");
    let page = format!("{page}\n```http,wire,ch01\nGET / HTTP/1.1\n\n```\n");
    sample.write("book/src/ch01-echo.md", &page);
    let reading = Reading::start(sample.checkout().root.as_path());
    chrome.open(&format!("{}/ch01-echo.html", reading.address));
    chrome.until("document.querySelector('.wire textarea')");
    chrome.eval("document.querySelector('.wire textarea').select()");
    chrome.type_text("half a requ");
    chrome.press("ArrowLeft", 37, false);
    chrome.eval("document.querySelector('.wire input').click()");
    chrome.eval("document.querySelector('.wire textarea').focus()");

    sample.write("book/src/ch01-echo.md", &format!("{page}\nA new sentence.\n"));
    chrome.until(
        "document.body.textContent.includes('A new sentence.')
            && document.querySelector('.wire textarea')",
    );
    chrome.type_text("es"); // where the caret was
    let state = "[document.querySelector('.wire textarea').value,
        document.querySelector('.wire input').checked]";
    assert_eq!(chrome.eval(state), json!(["half a reqesu", false]));

    // Another block, and what was typed into the old one is not its text.
    sample.write("book/src/ch01-echo.md", &page.replace("GET /", "GET /new"));
    chrome.until("document.querySelector('.wire textarea')?.value.startsWith('GET /new')");
}

/// How long a chapter's program may take to say something.
const TO_SPEAK: Duration = Duration::from_secs(10);

/// Two minutes of coloured bars, made by ffmpeg: `-f lavfi` and
/// `-i smptebars=size=64x48:rate=1:duration=120`, and behind these
/// `-c:v libvpx -crf 60 -b:v 2k -g 10 -bitexact bars.webm`.
const FILM: &[u8] = include_bytes!("bars.webm");

/// Two minutes of silence in 23 MB: more than a browser fetches in advance.
fn sound() -> Vec<u8> {
    let size: u32 = 120 * 48_000 * 4;
    // Sixteen bits for each of two channels, 48,000 times a second.
    let format = b"WAVEfmt \x10\0\0\0\x01\0\x02\0\x80\xbb\0\0\0\xee\x02\0\x04\0\x10\0data";
    let start = [b"RIFF", &(36 + size).to_le_bytes()[..], format, &size.to_le_bytes()].concat();
    [start, vec![0; size as usize]].concat()
}

#[test]
fn a_film_and_a_sound_are_played_and_sought_in() {
    let Some(mut chrome) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    let page = |media: &str| format!("<!doctype html><video muted src={media}></video>");
    for (name, content) in [
        ("bars.webm", FILM.to_vec()),
        ("silence.wav", sound()),
        ("film.html", page("bars.webm").into()),
        ("sound.html", page("silence.wav").into()),
    ] {
        fs::write(folder.path().join(name), content).unwrap();
    }
    let checkout = Checkout::find().unwrap();
    let chapters = ["ch11", "ch12", "ch13"];
    let programs = build(&checkout, Which::All, false).unwrap();
    for chapter in chapters {
        let mut command = Command::new(programs.path(chapter).unwrap());
        command.args(["127.0.0.1:0", "--directory"]).arg(folder.path());
        let server = Server::start_with_errors(command, listening_on, TO_SPEAK).unwrap();
        for (media, ranges) in [("film", 1), ("sound", 2)] {
            chrome.open(&format!("http://{}/{media}.html", server.address));
            chrome.eval("document.querySelector('video').play()");
            chrome.until("document.querySelector('video').currentTime > 0");
            let landed = chrome.eval(
                "new Promise((done) => {
                    const video = document.querySelector('video');
                    video.pause();
                    video.onseeked = () => done([video.seekable.end(0), video.currentTime]);
                    video.currentTime = 100;
                })",
            );
            assert_eq!(landed, json!([120, 100]), "{media} on {chapter}");
            // What it still fetches is logged when it stops.
            chrome.open("about:blank");
            let lines = std::iter::from_fn(|| server.lines.recv_timeout(TO_SPEAK).ok());
            let parts = lines.filter(|line| line.contains("\" 206 ")).take(ranges);
            assert_eq!(parts.count(), ranges, "{media} on {chapter}");
        }
    }
}

mod sample;
