use crate::{
    App, Application, Call, Fault, HttpError, Journal, Mounts, Response, Sessions, Templates,
    Traceback, Ttl, cached, fetch_quote, get, log, post, reason, see_other, static_files,
};
use anyhow::Result;
use chrono::Utc;
use minijinja::{Value, context};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The longest name and the longest entry, in characters.
const MAX_NAME: usize = 40;
const MAX_TEXT: usize = 2000;

/// How many entries are on a page.
const ON_A_PAGE: usize = 20;

/// How long a guest is remembered.
const REMEMBERED: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// What somebody wrote into the book.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Who.
    pub name: String,
    /// What.
    pub text: String,
    /// When, as it is shown: `2026-11-29 16:35`.
    pub at: String,
}

impl Entry {
    /// What a template is told of entry `number`.
    fn values(&self, number: usize) -> Value {
        let Self { name, text, at } = self;
        context! { number, name, text, at }
    }
}

/// What a guest book is made of.
#[derive(Clone, Debug)]
pub struct GuestBook {
    /// The folder that has the folders `templates` and `static`.
    pub site: PathBuf,
    /// The file with the entries.
    pub journal: PathBuf,
    /// What cookies are signed with: [`Sessions::new`] says how long it must be.
    pub secret: Vec<u8>,
    /// The server that has the sentence of the hour, if there is one.
    pub quotes: Option<String>,
}

impl GuestBook {
    /// A site of a few pages. A template that is none, or a file that is no journal, is an error
    /// now and not later.
    pub fn open(self) -> Result<impl Application> {
        let book = Arc::new(Book {
            templates: Templates::load(&self.site.join("templates"))?,
            journal: Journal::open(&self.journal)?,
            quote: self.quotes.map(|address| quotes(address)),
        });
        let with = |page: fn(&Book, &mut Call<'_>) -> Result<Response>| {
            let book = Arc::clone(&book);
            move |call: &mut Call<'_>| page(&book, call)
        };
        let mut app = App::default();
        app.sessions = Some(Sessions::new(&self.secret, REMEMBERED)?);
        app.route("/", get(with(Book::entries)).post(with(Book::write)))?;
        app.route("/entries/{number}", get(with(Book::entry)))?;
        app.route("/sign-in", get(with(Book::sign_in_form)).post(with(Book::sign_in)))?;
        app.route("/sign-out", post(with(Book::sign_out)))?;
        let its = Arc::clone(&book);
        app.set_page(None, move |call, fault| its.fault(call, fault));
        let files = static_files(&self.site.join("static"));
        Ok(Mounts::default().mount("/static", files).mount("/", app))
    }
}

/// Where the sentence of the hour comes from.
type Quotes = Box<dyn Fn(&()) -> Result<String> + Send + Sync>;

/// Asks a server once in an hour.
fn quotes(address: String) -> Quotes {
    let kept = Ttl::new(1, Duration::from_secs(60 * 60));
    Box::new(cached(kept, move |&()| fetch_quote(&address)))
}

struct Book {
    templates: Templates,
    journal: Journal<Entry>,
    quote: Option<Quotes>,
}

impl Book {
    /// A page of the site: what all of them show, and `values`.
    fn page(&self, call: &mut Call<'_>, name: &str, values: Value) -> Result<Response> {
        let guest = call.session.get("name").map(str::to_owned);
        let flashes = call.session.flashes();
        let values = context! { guest, flashes, ..values };
        call.timings.timed("template", || self.templates.page(name, values))
    }

    /// The last entries, the newest first.
    fn entries(&self, call: &mut Call<'_>) -> Result<Response> {
        let before = match call.query()?.get("before") {
            Some(number) => number.parse().map_err(|_| HttpError(400))?,
            None => usize::MAX,
        };
        let (entries, more) = call.timings.timed("entries", || {
            let entries = self.journal.entries();
            let before = before.min(entries.len());
            let first = before.saturating_sub(ON_A_PAGE);
            let shown = (first..before).rev().map(|number| entries[number].values(number));
            (shown.collect::<Vec<_>>(), (first > 0).then_some(first))
        });
        let quote = self.quote(call);
        self.page(call, "entries.html", context! { entries, more, quote })
    }

    /// The sentence of the hour. A page without it is better than none.
    fn quote(&self, call: &mut Call<'_>) -> Option<String> {
        let quote = self.quote.as_ref()?;
        let outcome = call.timings.timed("quote", || quote(&()));
        outcome.inspect_err(|error| log(format_args!("no sentence of the hour: {error:#}"))).ok()
    }

    /// One entry, at an address of its own.
    fn entry(&self, call: &mut Call<'_>) -> Result<Response> {
        let number: usize = call.capture("number")?;
        let entry = self.journal.entries().get(number).cloned().ok_or(HttpError(404))?;
        self.page(call, "entry.html", context! { entry => entry.values(number) })
    }

    /// Adds an entry of somebody who has signed in.
    fn write(&self, call: &mut Call<'_>) -> Result<Response> {
        let Some(name) = call.session.get("name").map(str::to_owned) else {
            call.session.flash("Sign in first.");
            return see_other("/sign-in");
        };
        let form = call.form()?;
        // Forms send a line end as two characters, and their `maxlength` counts one.
        let text = form.need("text")?.replace("\r\n", "\n");
        let text = text.trim();
        if text.is_empty() || text.chars().count() > MAX_TEXT {
            call.session.flash("An entry has 1 to 2000 characters.");
            return see_other("/");
        }
        let (text, at) = (text.to_owned(), Utc::now().format("%Y-%m-%d %H:%M").to_string());
        let number = self.journal.add(|_| Entry { name, text, at })?;
        call.session.flash("Thank you!");
        see_other(&format!("/entries/{number}"))
    }

    fn sign_in_form(&self, call: &mut Call<'_>) -> Result<Response> {
        self.page(call, "sign_in.html", context! {})
    }

    /// Remembers a name. It is a guest book: whoever comes is believed.
    fn sign_in(&self, call: &mut Call<'_>) -> Result<Response> {
        let form = call.form()?;
        let name = form.need("name")?.trim();
        if name.is_empty() || name.chars().count() > MAX_NAME {
            call.session.flash("A name has 1 to 40 characters.");
            return see_other("/sign-in");
        }
        call.session.set("name", name);
        see_other("/")
    }

    fn sign_out(&self, call: &mut Call<'_>) -> Result<Response> {
        call.session.clear();
        see_other("/")
    }

    fn fault(&self, call: &mut Call<'_>, fault: Fault<'_>) -> Result<Response> {
        let Fault { status, traceback } = fault;
        let (guest, reason) = (call.session.get("name"), reason(status));
        let traceback = traceback.map(Traceback::to_string);
        // Messages wait for the next page that somebody wanted to see.
        let values = context! { status, reason, traceback, guest, flashes => [""; 0] };
        self.templates.page("fault.html", values)
    }
}
