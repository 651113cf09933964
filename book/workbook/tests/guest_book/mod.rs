//! Chapter 18's guest book, as people use it.

use super::{TO_SPEAK, browser};
use crate::chrome::Chrome;
use launch::{Server, Which, listening_on};
use serde_json::json;
use std::fs;
use std::process::Command;
use std::sync::LazyLock;
use tempfile::TempDir;
use workbook::course::checkout::Checkout;
use workbook::system::programs::build;

/// What somebody writes who means no good. Each part of it would say that it has run.
const CODE: &str = "<script>window.ran = 1</script><img src=x onerror='window.ran = 2'>\n</p>& \"'";

/// A guest book that is empty.
struct Book {
    url: String,
    data: TempDir,
    _server: Server,
}

impl Book {
    fn new() -> Self {
        static PROGRAMS: LazyLock<launch::Programs> =
            LazyLock::new(|| build(&Checkout::find().unwrap(), Which::One("ch18"), false).unwrap());
        let data = tempfile::tempdir().unwrap();
        let mut command = Command::new(PROGRAMS.path("ch18").unwrap());
        command.args(["127.0.0.1:0", "--data"]).arg(data.path());
        let server = Server::start_with_errors(command, listening_on, TO_SPEAK).unwrap();
        Self { url: format!("http://{}", server.address), data, _server: server }
    }

    /// What is in the file, line by line.
    fn entries(&self) -> Vec<serde_json::Value> {
        let text = fs::read_to_string(self.data.path().join("entries")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn is_at(&self, chrome: &mut Chrome, path: &str) {
        let url = json!(format!("{}{path}", self.url));
        chrome.until(&format!("location.href === {url} && document.readyState === 'complete'"));
    }

    fn sign_in(&self, chrome: &mut Chrome, name: &str) {
        chrome.open(&format!("{}/sign-in", self.url));
        // The page has put the caret where the name belongs.
        chrome.until("document.activeElement.name === 'name'");
        chrome.type_text(name);
        chrome.eval("document.querySelector('main form').requestSubmit()");
        self.is_at(chrome, "/");
        assert_eq!(guest(chrome), json!(name));
    }

    /// Writes an entry, which is the one with this number.
    fn write(&self, chrome: &mut Chrome, text: &str, number: usize) {
        chrome.open(&format!("{}/", self.url));
        chrome.eval("document.querySelector('textarea').focus()");
        chrome.type_text(text);
        chrome.eval("document.querySelector('main form').requestSubmit()");
        self.is_at(chrome, &format!("/entries/{number}"));
    }
}

/// Who the page says is signed in.
fn guest(chrome: &mut Chrome) -> serde_json::Value {
    chrome.eval("document.querySelector('header form')?.firstChild.textContent.trim() ?? null")
}

fn flashes(chrome: &mut Chrome) -> serde_json::Value {
    chrome.eval("[...document.querySelectorAll('.flash')].map((one) => one.textContent)")
}

/// Loads the page again, as F5 does.
fn reload(chrome: &mut Chrome) {
    chrome.eval("window.before = true");
    chrome.call("Page.reload", json!({}));
    chrome.until("!window.before && document.readyState === 'complete'");
}

#[test]
fn an_entry_that_is_code_is_text_and_none_of_it_runs() {
    let Some(mut chrome) = browser() else { return };
    let book = Book::new();
    book.sign_in(&mut chrome, "<b>Ann</b>");
    book.write(&mut chrome, CODE, 0);
    assert_eq!(book.entries()[0]["text"], json!(CODE));
    for path in ["/entries/0", "/"] {
        chrome.open(&format!("{}{path}", book.url));
        let text = chrome.eval("document.querySelector('article p').textContent");
        assert_eq!(text, json!(CODE), "{path}");
        let footer = chrome.eval("document.querySelector('article footer').textContent");
        assert!(footer.as_str().unwrap().starts_with("<b>Ann</b>, "), "{footer}");
        let elements = chrome.eval("document.querySelectorAll('script, img, b').length");
        assert_eq!(elements, json!(0), "{path}");
        assert_eq!(chrome.eval("window.ran ?? null"), json!(null), "{path}");
    }
    // The same code in a page that trusts it does run: this is how it would be seen.
    chrome.eval(&format!("document.querySelector('article p').innerHTML = {}", json!(CODE)));
    chrome.until("window.ran === 2");
    chrome.screenshot("guest-book");
}

#[test]
fn who_reloads_posts_nothing_again_and_is_thanked_once() {
    let Some(mut chrome) = browser() else { return };
    let book = Book::new();
    book.sign_in(&mut chrome, "Ann");
    book.write(&mut chrome, "soup", 0);
    assert_eq!(flashes(&mut chrome), json!(["Thank you!"]));
    for _ in 0..2 {
        reload(&mut chrome);
        assert_eq!(flashes(&mut chrome), json!([]));
        book.is_at(&mut chrome, "/entries/0");
    }
    // Nor does who goes back, to the page with the form.
    chrome.eval("history.back()");
    book.is_at(&mut chrome, "/");
    reload(&mut chrome);
    assert_eq!(chrome.eval("document.querySelectorAll('article').length"), json!(1));
    assert_eq!(book.entries().len(), 1);
    // A message that no page could show waits for one that can.
    chrome.eval(
        "document.querySelector('textarea').value = ' ';
         document.querySelector('main form').requestSubmit()",
    );
    chrome.until("document.querySelector('.flash')");
    assert_eq!(flashes(&mut chrome), json!(["An entry has 1 to 2000 characters."]));
    assert_eq!(book.entries().len(), 1);
}

#[test]
fn two_browsers_have_a_name_each_and_who_signs_out_does_so_alone() {
    let (Some(mut ann), Some(mut bob)) = (browser(), browser()) else { return };
    let book = Book::new();
    book.sign_in(&mut ann, "Ann");
    assert_eq!(ann.eval("document.cookie"), json!(""), "no script sees the cookie");
    book.sign_in(&mut bob, "Bob");
    book.write(&mut ann, "one", 0);
    book.write(&mut bob, "two", 1);
    for (chrome, name) in [(&mut ann, "Ann"), (&mut bob, "Bob")] {
        chrome.open(&format!("{}/", book.url));
        assert_eq!(guest(chrome), json!(name));
        let seen = chrome.eval(
            "[...document.querySelectorAll('article')].map((one) =>
                [one.querySelector('p').textContent,
                 one.querySelector('footer').textContent.split(',')[0]])",
        );
        assert_eq!(seen, json!([["two", "Bob"], ["one", "Ann"]]));
    }
    ann.eval("document.querySelector('header form').requestSubmit()");
    ann.until("document.querySelector('header a[href=\"/sign-in\"]')");
    assert_eq!(guest(&mut ann), json!(null));
    assert_eq!(ann.eval("document.querySelector('textarea') === null"), json!(true));
    reload(&mut bob);
    assert_eq!(guest(&mut bob), json!("Bob"));
}

#[test]
fn a_page_that_is_not_there_is_the_sites_own() {
    let Some(mut chrome) = browser() else { return };
    let book = Book::new();
    book.sign_in(&mut chrome, "Ann");
    chrome.open(&format!("{}/no-such-page", book.url));
    assert_eq!(chrome.eval("document.querySelector('h1').textContent"), json!("404 Not Found"));
    let status = "performance.getEntriesByType('navigation')[0].responseStatus";
    assert_eq!(chrome.eval(status), json!(404));
    assert_eq!(guest(&mut chrome), json!("Ann"), "it is a page of the site like others");
    let has_style = "document.styleSheets[0].cssRules.length > 5";
    assert_eq!(chrome.eval(has_style), json!(true));
    chrome.screenshot("guest-book-404");
}

/// Where the browser's tools for developers take it from.
#[test]
fn a_browser_knows_how_long_the_server_took_for_what() {
    let Some(mut chrome) = browser() else { return };
    let book = Book::new();
    chrome.open(&format!("{}/", book.url));
    let names = chrome
        .eval("performance.getEntriesByType('navigation')[0].serverTiming.map((one) => one.name)");
    assert_eq!(names, json!(["entries", "template", "app"]));
}

/// To a browser another port is the same site, and it sends the cookie along.
#[test]
fn a_form_on_a_page_of_somebody_else_changes_nothing() {
    let Some(mut chrome) = browser() else { return };
    let (book, other) = (Book::new(), Book::new());
    book.sign_in(&mut chrome, "Ann");
    for (action, field) in [("/sign-out", ""), ("/", "<input name=text value=spam>")] {
        chrome.open(&format!("{}/", other.url));
        let form = format!("<form method=post action={}{action}>{field}</form>", book.url);
        chrome.eval(&format!("document.body.innerHTML = {}", json!(form)));
        chrome.eval("document.querySelector('form').submit()");
        book.is_at(&mut chrome, action);
        let heading = chrome.eval("document.querySelector('h1')?.textContent");
        assert_eq!(heading, json!("403 Forbidden"), "{action}");
        chrome.open(&format!("{}/", book.url));
        assert_eq!(guest(&mut chrome), json!("Ann"), "{action}");
    }
    assert!(book.entries().is_empty());
}
