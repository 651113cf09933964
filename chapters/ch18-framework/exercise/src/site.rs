//! The site of the program: what the chapter has is enough for it.

use anyhow::Result;
use ch18::{App, Call, HttpError, Lru, Resource, Response, cached, get, resource};
use std::cell::RefCell;
use std::sync::{Mutex, PoisonError};

/// A site of a few routes.
pub fn site() -> Result<App> {
    let mut app = App::default();
    app.route("/", get(|_| Ok(Response::text("Hi there!\n"))))?;
    app.route("/hello/{name}", get(hello))?;
    app.route("/hello/everybody", get(|_| Ok(Response::text("Hello, all of you!\n"))))?;
    app.route("/files/{*path}", get(file))?;
    app.route("/form", get(query).post(form))?;
    app.route("/note", resource(Note::default()))?;
    app.route("/made", get(made))?;
    Ok(app)
}

fn hello(call: &mut Call<'_>) -> Result<Response> {
    let name: String = call.capture("name")?;
    Ok(Response::text(format!("Hello, {name}!\n")))
}

fn file(call: &mut Call<'_>) -> Result<Response> {
    let path: String = call.capture("path")?;
    Ok(Response::text(format!("the file {path}\n")))
}

/// The fields behind the `?`, written anew.
fn query(call: &mut Call<'_>) -> Result<Response> {
    Ok(Response::text(format!("{}\n", call.query()?)))
}

/// Those of the body.
fn form(call: &mut Call<'_>) -> Result<Response> {
    Ok(Response::text(format!("{}\n", call.form()?)))
}

/// A text that is kept until there is another one.
#[derive(Default)]
struct Note(Mutex<String>);

impl Resource for Note {
    const METHODS: &'static [&'static str] = &["GET", "PUT"];

    fn get(&self, _: &mut Call<'_>) -> Result<Response> {
        let text = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Response::text(text.as_str()))
    }

    fn put(&self, call: &mut Call<'_>) -> Result<Response> {
        let text = std::io::read_to_string(call.input())?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = text;
        Ok(Response::new(204))
    }
}

/// Which values must be made if each `key` of the query is asked for, one after the other, and
/// there is room for two.
fn made(call: &mut Call<'_>) -> Result<Response> {
    let made = RefCell::new(String::new());
    let ask = cached(Lru::new(2), |key: &String| {
        *made.borrow_mut() += &format!("{key}\n");
        Ok::<_, HttpError>(())
    });
    for key in call.query()?.get_all("key") {
        ask(&key.to_owned())?;
    }
    drop(ask);
    Ok(Response::text(made.into_inner()))
}
