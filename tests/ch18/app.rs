//! A site made of routes: what is answered by whom, and what is said of faults.

use super::requests::{ask, fields, get, post, send, sent_to, text, told};
use anyhow::{Result, bail};
use ch18::{App, Call, HttpError, Mounts, Response, get as on_get, post as on_post};

/// Says what was captured.
fn captured(names: &'static [&str]) -> impl Fn(&mut Call<'_>) -> Result<Response> + Send + Sync {
    move |call| {
        let values = names.iter().map(|name| call.capture::<String>(name));
        Ok(Response::text(values.collect::<Result<Vec<_>>>()?.join("|")))
    }
}

fn app(routes: &[(&'static str, &'static [&str])]) -> App {
    let mut app = App::default();
    for (pattern, names) in routes {
        app.route(pattern, on_get(captured(names)).post(captured(names))).unwrap();
    }
    app
}

/// A page of faults that says which.
fn say_fault(_: &mut Call<'_>, fault: ch18::Fault<'_>) -> Result<Response> {
    let traceback = fault.traceback.map(ToString::to_string).unwrap_or_default();
    Ok(Response::text(format!("own page {}\n{traceback}", fault.status)))
}

type Fail = fn() -> Result<Response>;
type SetPage = fn(&mut App);

/// An app with one handler at `/`, that fails in some way.
fn failing(fail: Fail) -> App {
    let mut app = App::default();
    app.route("/", on_get(move |_| fail())).unwrap();
    app
}

// Captures

#[test]
fn a_handler_is_given_what_was_captured() {
    let app = app(&[("/hello/{name}", &["name"]), ("/{a}/{b}/{*rest}", &["rest", "a", "b"])]);
    for (target, said) in [
        ("/hello/Ann", "Ann"),
        ("/hello/a%2Fb%3f", "a/b?"),
        ("/hello/%c3%a4+%25", "ä+%"),
        ("/1/2/", "|1|2"),
        ("/1/2/3/4?x=5", "3/4|1|2"),
    ] {
        assert_eq!(text(ask(&app, &get(target))), said, "{target}");
    }
    for target in ["/hello/%ff", "/hello", "/"] {
        assert_eq!(ask(&app, &get(target)).status, 404, "{target}");
    }
}

#[test]
fn what_is_no_such_value_is_the_path_of_nothing() {
    let mut app = App::default();
    let number = |call: &mut Call<'_>| {
        let number: u8 = call.capture("number")?;
        Ok(Response::text(format!("{number}")))
    };
    app.route("/{number}", on_get(number)).unwrap();
    assert_eq!(text(ask(&app, &get("/255"))), "255");
    assert_eq!(text(ask(&app, &get("/%32"))), "2");
    for target in ["/256", "/-1", "/x", "/1.0", "/%201", "/1%2f", "/%00"] {
        assert_eq!(ask(&app, &get(target)).status, 404, "{target}");
    }
}

#[test]
fn a_capture_that_the_route_does_not_have_is_our_fault() {
    let app = app(&[("/{name}", &["nmae"])]);
    assert_eq!(ask(&app, &get("/Ann")).status, 500);
}

// What is told of a request

#[test]
fn a_handler_is_told_of_fields_whatever_their_case() {
    let environ = told(
        "GET /",
        "X-One: 1\r\nContent-Type: text/plain\r\ncontent-length: 7\r\nA: \u{fffd}\r\n",
    );
    let mut input = std::io::empty();
    let call = Call::new(&environ, Default::default(), &mut input);
    for (name, value) in [
        ("X-One", Some("1")),
        ("x-oNE", Some("1")),
        ("Host", Some("localhost:8018")),
        ("Content-Type", Some("text/plain")),
        ("Content-Length", Some("7")),
        ("X-Two", None),
        ("One", None),
    ] {
        assert_eq!(call.header(name), value, "{name}");
    }
    assert_eq!(call.method(), "GET");
    let mut environ = environ.clone();
    environ.set("HTTP_X_ONE", b"\xff");
    let mut input = std::io::empty();
    assert_eq!(Call::new(&environ, Default::default(), &mut input).header("X-One"), None);
}

#[test]
fn a_handler_may_read_the_body_itself() {
    let mut app = App::default();
    app.route(
        "/",
        on_post(|call| {
            let mut body = Vec::new();
            call.input().read_to_end(&mut body)?;
            Ok(Response::text(body))
        }),
    )
    .unwrap();
    assert_eq!(text(send(&app, &post("/"), "a=1&\0")), "a=1&\0");
}

#[test]
fn what_was_timed_is_told() {
    let mut app = App::default();
    let timed = |call: &mut Call<'_>| {
        let soup = call.timings.timed("kitchen", || "soup");
        call.timings.timed("waiter", || ());
        Ok(Response::text(soup))
    };
    app.route("/", on_get(timed)).unwrap();
    app.route("/nothing", on_get(|_| Ok(Response::new(204)))).unwrap();
    let response = ask(&app, &get("/"));
    let timing = fields(&response, "Server-Timing").join("|");
    let parts: Vec<_> = timing.split(", ").collect();
    let [kitchen, waiter] = parts[..] else { panic!("{timing}") };
    for (part, name) in [(kitchen, "kitchen;dur="), (waiter, "waiter;dur=")] {
        let took: f64 = part.strip_prefix(name).expect(name).parse().expect("milliseconds");
        assert!((0.0..60_000.0).contains(&took), "{timing}");
    }
    assert_eq!(text(response), "soup");
    assert!(fields(&ask(&app, &get("/nothing")), "Server-Timing").is_empty());
}

#[test]
fn timings_are_milliseconds() {
    let mut timings = ch18::Timings::default();
    assert!(timings.is_empty());
    let clock = std::time::Instant::now();
    // Work that takes a while, by the clock that counts.
    timings.timed("work", || {
        let since = std::time::Instant::now();
        while since.elapsed().as_micros() < 1500 {}
    });
    let most = clock.elapsed().as_secs_f64() * 1000.0;
    assert!(!timings.is_empty());
    let took = timings.to_string().strip_prefix("work;dur=").unwrap().parse::<f64>().unwrap();
    assert!((1.499..=most + 0.001).contains(&took), "{took} of {most}");
}

// Paths

#[test]
fn a_path_that_no_route_has_is_404() {
    let app = app(&[("/menu", &[]), ("/hello/{name}", &["name"])]);
    for target in ["/", "/Menu", "/menu/soup", "/hello//", "/%ff", "/menu%2f", "/hello/a/b/"] {
        for method in ["GET", "POST", "OPTIONS", "HEAD"] {
            let response = ask(&app, &told(&format!("{method} {target}"), ""));
            assert_eq!(sent_to(&response), (404, vec![]), "{method} {target}");
            assert!(fields(&response, "Allow").is_empty());
        }
    }
}

#[test]
fn a_client_that_forgot_the_slash_or_has_one_too_many_is_sent_to_what_is_meant() {
    let app = app(&[("/menu", &[]), ("/day/", &[]), ("/{a}/{b}/x", &[]), ("/", &[])]);
    for (target, location) in [
        ("/menu/", "/menu"),
        ("/day", "/day/"),
        ("/menu/?a=1&b=%2f", "/menu?a=1&b=%2f"),
        ("/day?a", "/day/?a"),
        ("/day?", "/day/"),
        ("/a%2fb/c%20%3f/x/", "/a%2Fb/c%20%3F/x"),
        ("/%2f%2fevil/b/x/", "/%2F%2Fevil/b/x"),
        ("/%5cevil/%c3%a4/x/", "/%5Cevil/%C3%A4/x"),
        ("/%0d%0aA:1/b/x/", "/%0D%0AA%3A1/b/x"),
        ("//", "/"),
        ("/day//", "/day/"),
        ("http://localhost/menu/", "/menu"),
    ] {
        for method in ["GET", "POST", "HEAD", "DELETE", "OPTIONS"] {
            let response = ask(&app, &told(&format!("{method} {target}"), ""));
            assert_eq!(sent_to(&response), (308, vec![location]), "{method} {target}");
        }
    }
    for target in ["/menu//", "/day///", "/men", "/da/", "///"] {
        assert_eq!(sent_to(&ask(&app, &get(target))), (404, vec![]), "{target}");
    }
}

#[test]
fn where_both_paths_have_a_route_nobody_is_sent_away() {
    let app = app(&[("/a", &[]), ("/a/", &[]), ("/b/{*rest}", &["rest"]), ("/b", &[])]);
    for target in ["/a", "/a/", "/b", "/b/", "/b/c", "/b/c/"] {
        assert_eq!(ask(&app, &get(target)).status, 200, "{target}");
    }
}

#[test]
fn below_a_prefix_the_prefix_is_a_part_of_where_a_client_is_sent() {
    let routes: [(&str, &[&str]); 3] = [("/menu", &[]), ("/day/", &[]), ("/", &[])];
    let inner = Mounts::default().mount("/b", app(&routes));
    let site = Mounts::default()
        .mount("/a", inner)
        .mount("/our site", app(&routes))
        .mount("/app", app(&routes));
    for (target, location) in [
        ("/app/menu/?x", "/app/menu?x"),
        ("/app/day", "/app/day/"),
        ("/%61pp/day", "/app/day/"),
        ("/a/b/menu/", "/a/b/menu"),
        ("/our%20site/day", "/our%20site/day/"),
    ] {
        assert_eq!(sent_to(&ask(&site, &post(target))), (308, vec![location]), "{target}");
    }
    for target in ["/app", "/app/", "/app/menu", "/a/b", "/a/b/day/"] {
        assert_eq!(sent_to(&ask(&site, &get(target))), (200, vec![]), "{target}");
    }
}

/// `//evil.example/menu` would be a path of another host.
#[test]
fn nobody_is_sent_to_another_host() {
    let all: [(&str, &[&str]); 4] =
        [("/{a}", &[]), ("/{a}/{b}", &[]), ("/x/{*rest}", &[]), ("/{a}/{b}/", &[])];
    let patterns = [&all[..], &all[..1], &all[1..2], &all[3..]];
    let targets = [
        "//evil.example/",
        "//evil.example",
        "///evil.example/",
        "//evil.example/menu/",
        "//evil.example/menu",
        "/%2fevil.example/",
        "/%2f/evil.example/",
        "//x/",
        "//x/evil.example/",
        "/%5c%5cevil.example/",
        "/http://evil.example/",
        "http://localhost//evil.example/",
        "http://localhost//evil.example/menu/",
        "/.//evil.example/",
    ];
    let mut sent = 0;
    for routes in patterns {
        let site = Mounts::default().mount("/app", app(routes)).mount("/", app(routes));
        let below =
            targets.iter().filter(|one| one.starts_with('/')).map(|one| format!("/app{one}"));
        for target in targets.iter().map(|one| (*one).to_owned()).chain(below) {
            let response = ask(&site, &get(&target));
            for location in fields(&response, "Location") {
                sent += 1;
                assert!(location.starts_with('/'), "{target}: {location}");
                assert!(!location.starts_with("//"), "{target}: {location}");
                assert!(!location.contains('\\'), "{target}: {location}");
            }
        }
    }
    assert!(sent > 0, "nobody was sent anywhere");
}

// Methods

#[test]
fn a_method_that_is_not_answered_is_405_with_allow_whatever_the_page_says() {
    let pages: [(&str, SetPage); 5] = [
        ("none", |_| {}),
        ("one of all", |app| app.set_page(None, say_fault)),
        ("one of 405", |app| app.set_page(Some(405), |_, _| Ok(Response::new(200)))),
        ("one that fails", |app| app.set_page(None, |_, _| bail!("no page"))),
        ("one that panics", |app| app.set_page(None, |_, _| panic!("no page at all"))),
    ];
    for (name, set) in pages {
        let mut app = app(&[("/menu", &[])]);
        set(&mut app);
        let response = ask(&app, &told("DELETE /menu", ""));
        assert_eq!(response.status, 405, "{name}");
        assert_eq!(fields(&response, "Allow"), ["GET, HEAD, OPTIONS, POST"], "{name}");
    }
}

#[test]
fn a_method_that_nobody_knows_is_501_unless_the_site_has_a_handler_for_it() {
    let mut app = app(&[("/menu", &[])]);
    app.route("/pot", on_get(|_| Ok(Response::new(204))).on("BREW", |_| Ok(Response::new(202))))
        .unwrap();
    for target in ["/menu", "/menu/", "/none"] {
        for method in ["BREW", "get", "TRACE"] {
            let response = ask(&app, &told(&format!("{method} {target}"), ""));
            assert_eq!(sent_to(&response), (501, vec![]), "{method} {target}");
            assert!(fields(&response, "Allow").is_empty());
        }
    }
    let response = ask(&app, &told("BREW /pot", ""));
    assert_eq!(response.status, 202);
    let response = ask(&app, &told("PATCH /pot", ""));
    assert_eq!((response.status, fields(&response, "Allow")[0]), (405, "BREW, GET, HEAD, OPTIONS"));
}

#[test]
fn options_of_a_path_is_answered_without_a_body() {
    let response = ask(&app(&[("/menu", &[])]), &told("OPTIONS /menu", ""));
    assert_eq!(response.status, 204);
    assert_eq!(fields(&response, "Allow"), ["GET, HEAD, OPTIONS, POST"]);
    assert_eq!(text(response), "");
}

// Faults

#[test]
fn a_handler_that_fails_with_a_status_has_the_page_of_that_status() {
    for status in [400, 404, 418, 499, 503, 599] {
        let mut app = App::default();
        app.route("/", on_get(move |_| Err(HttpError(status).into()))).unwrap();
        let usual = ask(&app, &get("/"));
        assert_eq!(usual.status, status);
        assert!(text(usual).contains(&status.to_string()));
        app.set_page(None, say_fault);
        let own = ask(&app, &get("/"));
        assert_eq!(own.status, status);
        assert_eq!(text(own), format!("own page {status}\n"));
    }
    // Those of answers that went well are no errors of a client.
    for status in [200, 204, 302, 304, 399, 600, 0] {
        let mut app = App::default();
        app.route("/", on_get(move |_| Err(HttpError(status).into()))).unwrap();
        assert_eq!(ask(&app, &get("/")).status, 500, "{status}");
    }
}

#[test]
fn a_handler_that_panics_or_fails_is_a_page_of_500_with_its_story_in_debug_mode_alone() {
    let stories: [(&str, Fail); 3] = [
        ("the soup is cold", || bail!("the soup is cold")),
        ("the kitchen is on fire", || panic!("the kitchen is on fire")),
        ("invalid digit", || Ok(Response::text("x".parse::<u8>()?.to_string()))),
    ];
    for (story, fail) in stories {
        for has_page in [false, true] {
            for debug in [false, true] {
                let mut app = failing(fail);
                app.debug = debug;
                if has_page {
                    app.set_page(None, say_fault);
                }
                let response = ask(&app, &get("/"));
                assert_eq!(response.status, 500, "{story}");
                let page = text(response);
                assert_eq!(page.contains(story), debug, "{page}");
                assert_eq!(page.contains("Traceback"), debug, "{page}");
                assert_eq!(page.starts_with("own page 500\n"), has_page, "{page}");
            }
        }
    }
}

/// An app is asked by many; one of them may be unlucky.
#[test]
fn after_a_panic_the_next_one_is_answered() {
    let mut app = failing(|| panic!("once"));
    app.route("/menu", on_get(|_| Ok(Response::text("soup")))).unwrap();
    assert_eq!(ask(&app, &get("/")).status, 500);
    assert_eq!(text(ask(&app, &get("/menu"))), "soup");
}

#[test]
fn a_page_of_a_status_comes_before_the_page_of_all() {
    let own =
        |name: &'static str| move |_: &mut Call<'_>, _: ch18::Fault<'_>| Ok(Response::text(name));
    let mut app = failing(|| bail!("soup"));
    app.set_page(None, own("all"));
    app.set_page(Some(404), own("not found"));
    assert_eq!(text(ask(&app, &get("/x"))), "not found");
    assert_eq!(text(ask(&app, &get("/"))), "all");
    assert_eq!(ask(&app, &get("/x")).status, 404);
}

#[test]
fn a_page_that_fails_or_panics_is_the_usual_one() {
    let pages: [SetPage; 2] = [
        |app| app.set_page(None, |_, _| bail!("the page is gone")),
        |app| app.set_page(None, |_, _| panic!("the page is on fire")),
    ];
    for set in pages {
        let mut app = failing(|| panic!("first"));
        set(&mut app);
        for (target, status) in [("/", 500), ("/x", 404)] {
            let response = ask(&app, &get(target));
            assert_eq!(response.status, status);
            let page = text(response);
            assert!(page.contains(&status.to_string()), "{page}");
            assert!(!page.contains("the page is"), "{page}");
        }
    }
}

#[test]
fn a_fault_whose_words_panic_is_a_page_too() {
    #[derive(Debug)]
    struct Speechless;
    impl std::fmt::Display for Speechless {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("no words")
        }
    }
    impl std::error::Error for Speechless {}
    let app = failing(|| Err(Speechless.into()));
    assert_eq!(ask(&app, &get("/")).status, 500);
}

#[test]
fn a_page_knows_who_asked_and_what() {
    let mut app = App::default();
    app.route("/{name}", on_get(|_| Err(HttpError(403).into()))).unwrap();
    app.set_page(None, |call, _| {
        let name: String = call.capture("name")?;
        Ok(Response::text(format!("{} {name}", call.method())))
    });
    assert_eq!(text(ask(&app, &get("/Ann"))), "GET Ann");
}

#[test]
fn what_went_wrong_is_logged_with_its_story_and_what_was_asked_for() {
    let test = "what_went_wrong_is_logged_with_its_story_and_what_was_asked_for";
    let Some(log) = mock::alone(module_path!(), test, &[], || {
        let mut app = failing(|| bail!("the soup is cold"));
        app.route("/panic", on_get(|_| panic!("the kitchen is on fire"))).unwrap();
        app.set_page(Some(404), |_, _| bail!("the page is gone"));
        for target in ["/?x=1", "/panic", "/none"] {
            ask(&app, &get(target));
        }
    }) else {
        return;
    };
    for line in [
        "GET /?x=1",
        "the soup is cold",
        "GET /panic",
        "the kitchen is on fire",
        "the page of 404: the page is gone",
    ] {
        assert!(log.contains(line), "{line} is not in: {log}");
    }
}

#[test]
fn a_route_that_cannot_be_is_an_error_at_start() {
    let mut app = app(&[("/a/{x}", &[])]);
    let error = app.route("/a/{y}", on_get(|_| Ok(Response::new(204)))).unwrap_err().to_string();
    assert!(error.contains("/a/{x}") && error.contains("/a/{y}"), "{error}");
    assert!(app.route("menu", on_get(|_| Ok(Response::new(204)))).is_err());
}

#[test]
fn whoever_has_posted_is_sent_to_a_page_by_get() {
    let response = ch18::see_other("/entries/7?a").unwrap();
    assert_eq!(sent_to(&response), (303, vec!["/entries/7?a"]));
    assert!(ch18::see_other("/\r\nA: 1").is_err());
}
