//! The site that is made with all of it.

use super::requests::{Nobody, ask, fields, get, send, sent_to, text, told};
use ch18::{Application, GuestBook, Response};
use mock::{Live, Seed};
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;

const TEMPLATES: [(&str, &str); 5] = [
    ("base.html", include_str!("../../chapters/ch18-framework/site/templates/base.html")),
    ("entries.html", include_str!("../../chapters/ch18-framework/site/templates/entries.html")),
    ("entry.html", include_str!("../../chapters/ch18-framework/site/templates/entry.html")),
    ("fault.html", include_str!("../../chapters/ch18-framework/site/templates/fault.html")),
    ("sign_in.html", include_str!("../../chapters/ch18-framework/site/templates/sign_in.html")),
];
const STYLE: &str = include_str!("../../chapters/ch18-framework/site/static/style.css");

/// A copy of the chapter's site, and room for its entries.
fn site() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["templates", "static"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    for (name, template) in TEMPLATES {
        fs::write(folder.path().join("templates").join(name), template).unwrap();
    }
    fs::write(folder.path().join("static/style.css"), STYLE).unwrap();
    folder
}

fn entries(site: &Path) -> PathBuf {
    site.join("entries")
}

fn book(site: &Path) -> GuestBook {
    GuestBook { site: site.into(), journal: entries(site), secret: vec![7; 64], quotes: None }
}

/// A browser: it keeps its cookie, and goes where it is sent.
struct Browser<'a, A> {
    site: &'a A,
    cookie: String,
}

impl<'a, A: Application> Browser<'a, A> {
    fn new(site: &'a A) -> Self {
        Self { site, cookie: String::new() }
    }

    /// A browser whose user has given this name.
    fn named(site: &'a A, name: &str) -> Self {
        let mut browser = Self::new(site);
        assert_eq!(sent_to(&browser.post("/sign-in", &[("name", name)])), (303, vec!["/"]));
        browser
    }

    fn keep(&mut self, response: Response) -> Response {
        if let [set] = fields(&response, "Set-Cookie")[..] {
            let value = set.split(';').next().unwrap().to_owned();
            self.cookie = if set.contains("Max-Age=0") { String::new() } else { value };
        }
        response
    }

    fn get(&mut self, target: &str) -> Response {
        let field = format!("Cookie: {}\r\n", self.cookie);
        let response = ask(self.site, &told(&format!("GET {target}"), &field));
        self.keep(response)
    }

    fn page(&mut self, target: &str) -> String {
        let response = self.get(target);
        assert_eq!(response.status, 200, "{target}");
        text(response)
    }

    fn post(&mut self, target: &str, form: &[(&str, &str)]) -> Response {
        let mut fields = ch18::Form::default();
        form.iter().for_each(|(name, value)| fields.add(name, value));
        let field = format!(
            "Cookie: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n",
            self.cookie
        );
        let environ = told(&format!("POST {target}"), &field);
        let response = send(self.site, &environ, &fields.to_string());
        self.keep(response)
    }

    /// Writes an entry, and returns where it is.
    fn write(&mut self, entry: &str) -> String {
        let response = self.post("/", &[("text", entry)]);
        let (303, location) = sent_to(&response) else { panic!("{response:?}") };
        location.join("|")
    }
}

#[test]
fn whoever_has_signed_in_can_write_and_everybody_can_read() {
    let folder = site();
    let site = book(folder.path()).open().unwrap();
    let mut ann = Browser::new(&site);
    let empty = ann.page("/");
    assert!(empty.contains("Nobody has written anything yet."), "{empty}");
    assert!(empty.contains("href=\"/sign-in\"") && !empty.contains("<textarea"), "{empty}");
    assert!(ann.page("/sign-in").contains("name=\"name\""));
    assert_eq!(sent_to(&ann.post("/sign-in", &[("name", " Ann ")])), (303, vec!["/"]));
    let page = ann.page("/");
    assert!(page.contains("<textarea") && page.contains("action=\"/sign-out\">Ann <"), "{page}");
    assert_eq!(ann.write(" Hello! \r\n"), "/entries/0");
    for target in ["/", "/entries/0"] {
        let page = Browser::new(&site).page(target);
        assert!(page.contains("<p>Hello!</p>"), "{page}");
        assert!(page.contains("<footer>Ann, "), "{page}");
        assert!(!page.contains("Nobody") && !page.contains("<textarea"), "{page}");
    }
}

#[test]
fn whoever_has_not_signed_in_is_asked_to() {
    let folder = site();
    let site = book(folder.path()).open().unwrap();
    let mut stranger = Browser::new(&site);
    assert_eq!(stranger.write("Hello!"), "/sign-in");
    assert!(stranger.page("/sign-in").contains("<p class=\"flash\">Sign in first.</p>"));
    assert!(!stranger.page("/sign-in").contains("Sign in first."));
    // Nor is anybody who says so himself.
    stranger.cookie = "session=9999999999.name=Ann".into();
    assert_eq!(stranger.write("Hello!"), "/sign-in");
    assert_eq!(fs::read(entries(folder.path())).unwrap(), b"");
}

#[test]
fn two_guests_are_told_apart() {
    let folder = site();
    let site = book(folder.path()).open().unwrap();
    let [mut ann, mut bob] = ["Ann", "Bob"].map(|name| Browser::named(&site, name));
    for number in 0..2 {
        assert_eq!(ann.write("I am Ann"), format!("/entries/{}", 2 * number));
        assert_eq!(bob.write("I am Bob"), format!("/entries/{}", 2 * number + 1));
    }
    for (number, name) in ["Ann", "Bob", "Ann", "Bob"].iter().enumerate() {
        let page = Browser::new(&site).page(&format!("/entries/{number}"));
        assert!(page.contains(&format!("<p>I am {name}</p>")), "{page}");
        assert!(page.contains(&format!("<footer>{name}, ")), "{page}");
    }
    // A message is for the one who caused it.
    assert!(ann.page("/").contains("Thank you!"));
    assert!(bob.page("/").contains("Thank you!"));
    assert!(!ann.page("/").contains("Thank you!"));
}

#[test]
fn a_message_is_not_eaten_by_an_error_page_and_shown_once() {
    let folder = site();
    let site = book(folder.path()).open().unwrap();
    let mut ann = Browser::named(&site, "Ann");
    ann.write("Hello!");
    let fault = ann.get("/entries/99");
    assert_eq!(fault.status, 404);
    let page = text(fault);
    assert!(page.contains("404 Not Found") && !page.contains("Thank you!"), "{page}");
    // It knows who is there all the same.
    assert!(page.contains("Ann <button>"), "{page}");
    assert!(ann.page("/entries/0").contains("<p class=\"flash\">Thank you!</p>"));
    assert!(!ann.page("/entries/0").contains("Thank you!"));
}

#[test]
fn whoever_signs_out_is_a_stranger_again() {
    let folder = site();
    let site = book(folder.path()).open().unwrap();
    let mut ann = Browser::named(&site, "Ann");
    ann.write("Hello!");
    let response = ann.post("/sign-out", &[]);
    assert_eq!(sent_to(&response), (303, vec!["/"]));
    let [set] = fields(&response, "Set-Cookie")[..] else { panic!("it is not taken away") };
    assert!(set.contains("Max-Age=0"), "{set}");
    assert_eq!(ann.cookie, "");
    assert!(ann.page("/").contains("href=\"/sign-in\""));
    assert_eq!(ann.write("Hello again!"), "/sign-in");
    // A link on another page cannot do that: it is no GET.
    assert_eq!(ask(&site, &get("/sign-out")).status, 405);
}

#[test]
fn what_a_guest_typed_is_text_wherever_it_is_shown() {
    let folder = site();
    let site = book(folder.path()).open().unwrap();
    let evil = "<script>alert('1')</script>\"&";
    let escaped = "&lt;script&gt;";
    let mut guest = Browser::named(&site, evil);
    guest.write(evil);
    for target in ["/", "/entries/0", "/sign-in", "/none"] {
        let page = text(guest.get(target));
        assert!(page.contains(escaped) && !page.contains("<script"), "{page}");
    }
}

#[test]
fn names_and_entries_have_so_many_characters() {
    let folder = site();
    let site = book(folder.path()).open().unwrap();
    let mut browser = Browser::new(&site);
    for name in ["", "  ", &"ä".repeat(41)] {
        assert_eq!(sent_to(&browser.post("/sign-in", &[("name", name)])), (303, vec!["/sign-in"]));
        assert!(browser.page("/sign-in").contains("A name has 1 to 40 characters."));
    }
    let mut browser = Browser::named(&site, &"ä".repeat(40));
    for entry in ["", " \r\n ", &"€".repeat(2001), &"a\r\n".repeat(1001)] {
        assert_eq!(browser.write(entry), "/");
        assert!(browser.page("/").contains("An entry has 1 to 2000 characters."));
    }
    assert_eq!(browser.write(&"€".repeat(2000)), "/entries/0");
    // As a browser counts: a line end is one of them, and is sent as two.
    let lines = "a\r\n".repeat(999) + "bb";
    assert_eq!(browser.write(&lines), "/entries/1");
    let page = browser.page("/entries/1");
    assert!(page.contains(&("a\n".repeat(999) + "bb</p>")), "{page}");
}

#[test]
fn a_form_without_its_field_is_400_and_one_of_another_type_415() {
    let folder = site();
    let site = book(folder.path()).open().unwrap();
    let mut ann = Browser::named(&site, "Ann");
    assert_eq!(ann.post("/", &[("txet", "Hello!")]).status, 400);
    assert_eq!(ann.post("/sign-in", &[]).status, 400);
    let environ = told("POST /sign-in", "Content-Type: application/json\r\n");
    assert_eq!(send(&site, &environ, "{\"name\":\"Ann\"}").status, 415);
    let many = ch18::MAX_FORM as usize;
    assert_eq!(ann.post("/", &[("text", &"a".repeat(many))]).status, 413);
    assert_eq!(fs::read(entries(folder.path())).unwrap(), b"");
}

#[test]
fn the_newest_come_first_and_twenty_on_a_page() {
    let folder = site();
    let site = book(folder.path()).open().unwrap();
    let mut ann = Browser::named(&site, "Ann");
    let shown = |page: &str| -> Vec<usize> {
        let numbers = page.split("<p>entry ").skip(1);
        numbers.map(|rest| rest.split('<').next().unwrap().parse().unwrap()).collect()
    };
    for number in 0..45 {
        let page = ann.page("/");
        let first = number - number.min(20);
        assert_eq!(shown(&page), (first..number).rev().collect::<Vec<_>>());
        assert_eq!(page.contains("Older entries"), first > 0, "of {number}");
        ann.write(&format!("entry {number}"));
    }
    for (target, from, to, older) in [
        ("/", 25, 45, Some("/?before=25")),
        ("/?before=25", 5, 25, Some("/?before=5")),
        ("/?before=5", 0, 5, None),
        ("/?before=21", 1, 21, Some("/?before=1")),
        ("/?before=20", 0, 20, None),
        ("/?before=0", 0, 0, None),
        ("/?before=46", 25, 45, Some("/?before=25")),
        ("/?before=18446744073709551615", 25, 45, Some("/?before=25")),
    ] {
        let page = ann.page(target);
        assert_eq!(shown(&page), (from..to).rev().collect::<Vec<_>>(), "{target}");
        let link = older.map(|older| format!("<a href=\"{older}\">Older entries</a>"));
        assert_eq!(page.contains("Older entries"), link.is_some(), "{target}");
        assert!(page.contains(&link.unwrap_or_default()), "{page}");
    }
    for target in ["/?before=x", "/?before=-1", "/?before=", "/?before=18446744073709551616"] {
        assert_eq!(ann.get(target).status, 400, "{target}");
    }
}

#[test]
fn an_entry_that_is_not_there_is_the_sites_own_404() {
    let folder = site();
    let site = book(folder.path()).open().unwrap();
    Browser::named(&site, "Ann").write("Hello!");
    for target in ["/entries/1", "/entries/x", "/entries/-1", "/entries", "/none", "/%ff"] {
        let response = ask(&site, &get(target));
        assert_eq!(response.status, 404, "{target}");
        let page = text(response);
        assert!(page.contains("<title>404 Not Found</title>"), "{page}");
        assert!(page.contains("href=\"/static/style.css\""), "{page}");
    }
    assert_eq!(sent_to(&ask(&site, &get("/entries/0/"))), (308, vec!["/entries/0"]));
    let response = ask(&site, &told("DELETE /", ""));
    assert_eq!(
        (response.status, fields(&response, "Allow").join("")),
        (405, "GET, HEAD, OPTIONS, POST".into())
    );
    assert!(text(response).contains("<title>405 Method Not Allowed</title>"));
}

#[test]
fn its_files_are_there() {
    let folder = site();
    let site = book(folder.path()).open().unwrap();
    assert_eq!(text(ask(&site, &get("/static/style.css"))), STYLE);
    let error = site.answer(&get("/static/none.css"), &mut std::io::empty()).unwrap_err();
    assert_eq!(error.downcast_ref(), Some(&ch18::HttpError(404)));
}

#[test]
fn entries_and_guests_are_known_after_a_restart() {
    let folder = site();
    let mut seed = Seed::new();
    let word = seed.word();
    let cookie = {
        let site = book(folder.path()).open().unwrap();
        let mut ann = Browser::named(&site, "Ann");
        ann.write(&word);
        ann.cookie
    };
    let site = book(folder.path()).open().unwrap();
    let mut ann = Browser { site: &site, cookie: cookie.clone() };
    assert!(ann.page("/").contains(&format!("<p>{word}</p>")));
    assert_eq!(ann.write("And again"), "/entries/1");
    drop(site);
    // With another secret she is a stranger.
    let other = GuestBook { secret: vec![8; 64], ..book(folder.path()) }.open().unwrap();
    assert_eq!(Browser { site: &other, cookie }.write("And again"), "/sign-in");
}

#[test]
fn what_a_site_cannot_be_made_of_is_an_error_at_start() {
    let folder = site();
    let why = |book: GuestBook| match book.open() {
        Ok(_) => panic!("it opens"),
        Err(error) => format!("{error:#}"),
    };
    why(GuestBook { secret: vec![7; 63], ..book(folder.path()) });
    why(GuestBook { site: folder.path().join("none"), ..book(folder.path()) });
    why(GuestBook { journal: folder.path().into(), ..book(folder.path()) });
    fs::write(folder.path().join("templates/entry.html"), "one\n{% if %}").unwrap();
    let error = why(book(folder.path()));
    assert!(error.contains("entry.html:2"), "{error}");
    fs::write(folder.path().join("templates/entry.html"), "").unwrap();
    fs::write(entries(folder.path()), "{}\n").unwrap();
    let error = why(book(folder.path()));
    assert!(error.contains("entries:1"), "{error}");
}

#[test]
fn a_page_that_cannot_be_made_is_the_sites_own_500_without_its_story() {
    let folder = site();
    fs::write(folder.path().join("templates/entry.html"), "{{ no_such_name }}").unwrap();
    let site = book(folder.path()).open().unwrap();
    Browser::named(&site, "Ann").write("Hello!");
    let response = ask(&site, &get("/entries/0"));
    assert_eq!(response.status, 500);
    let page = text(response);
    assert!(page.contains("<title>500 Internal Server Error</title>"), "{page}");
    assert!(!page.contains("<pre>") && !page.contains("entry.html"), "{page}");
    // If the page of faults cannot be made either, there is the usual one.
    fs::write(folder.path().join("templates/fault.html"), "{{ no_such_name }}").unwrap();
    drop(site);
    let site = book(folder.path()).open().unwrap();
    for (target, status) in [("/entries/0", 500), ("/none", 404)] {
        let response = ask(&site, &get(target));
        assert_eq!(response.status, status);
        assert!(text(response).contains(&status.to_string()));
    }
}

#[test]
fn a_page_says_how_long_its_parts_took() {
    let folder = site();
    let site = book(folder.path()).open().unwrap();
    let response = ask(&site, &get("/"));
    let timing = fields(&response, "Server-Timing").join("|");
    let names: Vec<_> = timing.split(", ").filter_map(|part| part.split(';').next()).collect();
    assert_eq!(names, ["entries", "template"]);
}

// The sentence of the hour

/// Runs a guest book whose server of sentences answers this to each of its clients, of which it
/// counts how many there were.
fn with_quotes(answer: &'static [u8], visit: impl FnOnce(&dyn Fn() -> String)) -> usize {
    let asked = AtomicUsize::new(0);
    Live::run(
        |incoming| {
            for conn in incoming {
                let mut conn = conn.unwrap();
                asked.fetch_add(1, Ordering::Relaxed);
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    conn.read_exact(&mut byte).unwrap();
                    head.extend(byte);
                }
                conn.write_all(answer).unwrap();
            }
        },
        |live| {
            let folder = site();
            let quotes = Some(live.addr().to_string());
            let site = GuestBook { quotes, ..book(folder.path()) }.open().unwrap();
            visit(&|| {
                let response = ask(&site, &get("/"));
                assert_eq!(response.status, 200);
                assert!(fields(&response, "Server-Timing").join("").contains("quote;dur="));
                text(response)
            });
        },
    );
    asked.into_inner()
}

#[test]
fn the_sentence_is_on_the_page_and_fetched_once_in_an_hour() {
    let asked = with_quotes(b"HTTP/1.0 200 OK\r\n\r\nSoup <b>is</b> good.\nMore.\n", |page| {
        for _ in 0..3 {
            let page = page();
            assert!(page.contains("<blockquote>Soup &lt;b&gt;is&lt;"), "{page}");
            assert!(!page.contains("More."), "{page}");
        }
    });
    assert_eq!(asked, 1);
}

#[test]
fn a_page_without_the_sentence_is_better_than_none_and_the_next_one_asks_again() {
    for answer in [&b"\0rubbish\xff"[..], b"HTTP/1.0 500 No\r\n\r\nsoup", b""] {
        let asked = with_quotes(answer, |page| {
            for _ in 0..2 {
                assert!(!page().contains("<blockquote>"));
            }
        });
        assert_eq!(asked, 2);
    }
}

#[test]
fn a_server_of_sentences_that_is_not_there_is_logged() {
    let test = "a_server_of_sentences_that_is_not_there_is_logged";
    let Some(log) = mock::alone(module_path!(), test, &[], || {
        let nobody = Nobody::new();
        let quotes = Some(nobody.address());
        let folder = site();
        let site = GuestBook { quotes, ..book(folder.path()) }.open().unwrap();
        assert!(!text(ask(&site, &get("/"))).contains("<blockquote>"));
    }) else {
        return;
    };
    assert!(log.contains("no sentence of the hour: "), "{log}");
}
