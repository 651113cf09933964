//! Which function answers which method.

use super::requests::{ask, fields, get, send, told};
use anyhow::Result;
use ch18::{App, Call, HttpError, Methods, Resource, Response, get as on_get, post, resource};

/// A handler that says its name.
fn named(name: &'static str) -> impl Fn(&mut Call<'_>) -> Result<Response> + Send + Sync {
    move |call| Ok(Response::new(200).header("X-Name", format!("{name} {}", call.method()))?)
}

fn app(methods: Methods) -> App {
    let mut app = App::default();
    app.route("/", methods).unwrap();
    app
}

/// Status, and who answered or what is allowed.
fn said(app: &App, method: &str) -> (u16, String) {
    let response = ask(app, &told(&format!("{method} /"), ""));
    let of = |name| fields(&response, name).join("|");
    (response.status, of("X-Name") + &of("Allow"))
}

#[test]
fn each_method_has_its_handler() {
    let app = app(on_get(named("reads")).post(named("adds")).on("PATCH", named("changes")));
    assert_eq!(said(&app, "GET"), (200, "reads GET".into()));
    assert_eq!(said(&app, "POST"), (200, "adds POST".into()));
    assert_eq!(said(&app, "PATCH"), (200, "changes PATCH".into()));
    assert_eq!(said(&app, "PUT"), (405, "GET, HEAD, OPTIONS, PATCH, POST".into()));
    // Methods are case-sensitive (RFC 9110 section 9.1).
    for method in ["get", "PATCHES", "NONE"] {
        assert_eq!(said(&app, method), (501, String::new()), "{method}");
    }
}

#[test]
fn head_is_answered_like_get_and_the_handler_knows() {
    assert_eq!(said(&app(on_get(named("reads"))), "HEAD"), (200, "reads HEAD".into()));
    let app = app(on_get(named("reads")).on("HEAD", named("looks")));
    assert_eq!(said(&app, "HEAD"), (200, "looks HEAD".into()));
    assert_eq!(said(&app, "GET"), (200, "reads GET".into()));
}

#[test]
fn where_get_is_not_answered_head_is_not_either() {
    let app = app(post(named("adds")));
    for method in ["GET", "HEAD"] {
        assert_eq!(said(&app, method), (405, "OPTIONS, POST".into()));
    }
    assert_eq!(said(&app, "POST"), (200, "adds POST".into()));
}

#[test]
fn options_names_what_is_answered_unless_a_handler_does() {
    assert_eq!(said(&app(on_get(named("reads"))), "OPTIONS"), (204, "GET, HEAD, OPTIONS".into()));
    assert_eq!(said(&app(post(named("adds"))), "OPTIONS"), (204, "OPTIONS, POST".into()));
    let own = app(on_get(named("reads")).on("OPTIONS", named("tells")));
    assert_eq!(said(&own, "OPTIONS"), (200, "tells OPTIONS".into()));
    assert_eq!(said(&own, "POST"), (405, "GET, HEAD, OPTIONS".into()));
}

/// It has state, as objects do.
struct Note(std::sync::Mutex<String>);

impl Resource for Note {
    const METHODS: &'static [&'static str] = &["GET", "PUT", "DELETE"];

    fn get(&self, _: &mut Call<'_>) -> Result<Response> {
        Ok(Response::new(200).header("X-Name", self.0.lock().unwrap().as_str())?)
    }

    fn put(&self, call: &mut Call<'_>) -> Result<Response> {
        let mut text = self.0.lock().unwrap();
        text.clear();
        call.input().read_to_string(&mut text)?;
        Ok(Response::new(204))
    }

    fn delete(&self, _: &mut Call<'_>) -> Result<Response> {
        self.0.lock().unwrap().clear();
        Ok(Response::new(204))
    }
}

#[test]
fn a_resource_has_a_function_for_each_method() {
    let app = app(resource(Note("first".to_owned().into())));
    assert_eq!(said(&app, "GET"), (200, "first".into()));
    assert_eq!(said(&app, "HEAD"), (200, "first".into()));
    assert_eq!(send(&app, &told("PUT /", ""), "second").status, 204);
    assert_eq!(said(&app, "GET"), (200, "second".into()));
    assert_eq!(said(&app, "DELETE"), (204, String::new()));
    assert_eq!(said(&app, "GET"), (200, String::new()));
    let allowed = "DELETE, GET, HEAD, OPTIONS, PUT";
    assert_eq!(said(&app, "POST"), (405, allowed.into()));
    assert_eq!(said(&app, "OPTIONS"), (204, allowed.into()));
}

/// One that promises functions which it does not have.
struct Lazy;

impl Resource for Lazy {
    const METHODS: &'static [&'static str] = &["GET", "POST", "PUT", "DELETE"];
}

#[test]
fn a_function_that_a_resource_does_not_have_answers_405() {
    for method in Lazy::METHODS {
        let (status, allowed) = said(&app(resource(Lazy)), method);
        assert_eq!((status, &*allowed), (405, "DELETE, GET, HEAD, OPTIONS, POST, PUT"), "{method}");
    }
}

#[test]
fn a_resource_answers_post() {
    struct Inbox;
    impl Resource for Inbox {
        const METHODS: &'static [&'static str] = &["POST"];
        fn post(&self, _: &mut Call<'_>) -> Result<Response> {
            Err(HttpError(418).into())
        }
    }
    let app = app(resource(Inbox));
    assert_eq!(said(&app, "POST").0, 418);
    assert_eq!(ask(&app, &get("/")).status, 405);
}
