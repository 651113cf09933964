//! What a client keeps for us, and what becomes of it in its hands.

use super::requests::{ask, fields, told};
use ch18::{App, Call, HttpError, Response, Session, Sessions, get as on_get, new_secret};
use std::time::Duration;

/// Some time in 2026.
const NOW: u64 = 1_780_000_000;
const HOUR: u64 = 3600;

fn sessions() -> Sessions {
    Sessions::new(&[7; 64], Duration::from_secs(HOUR)).unwrap()
}

/// The cookie that a browser sends back for this `Set-Cookie`.
fn cookie(set: &str) -> String {
    set.split(';').next().expect("there is a first one").to_owned()
}

fn session(fields: &[(&str, &str)]) -> Session {
    let mut session = Session::default();
    fields.iter().for_each(|(name, value)| session.set(name, value));
    session
}

/// The cookie of a session that was written at `NOW`.
fn written(sessions: &Sessions, session: &Session) -> String {
    cookie(&sessions.write(session, NOW).unwrap().expect("it has changed"))
}

#[test]
fn what_was_written_is_read_again() {
    let sessions = sessions();
    let strange = "a=b; c&d%\"\\,\r\n\0 ä€😀";
    let cookie = written(&sessions, &session(&[("name", "Ann"), (strange, strange), ("", "")]));
    assert!(cookie.starts_with("session="), "{cookie}");
    let read = sessions.read(&cookie, NOW);
    assert_eq!(read.get("name"), Some("Ann"));
    assert_eq!((read.get(strange), read.get("")), (Some(strange), Some("")));
    assert_eq!(read.get("other"), None);
}

#[test]
fn what_was_not_changed_is_not_written() {
    let sessions = sessions();
    assert_eq!(sessions.write(&Session::default(), NOW).unwrap(), None);
    let cookie = written(&sessions, &session(&[("name", "Ann")]));
    let mut read = sessions.read(&cookie, NOW);
    assert_eq!(read.take("other"), None);
    assert!(read.flashes().is_empty());
    read.get("name");
    assert_eq!(sessions.write(&read, NOW).unwrap(), None);
    let mut nobody = Session::default();
    nobody.clear();
    assert_eq!(sessions.write(&nobody, NOW).unwrap(), None);
}

/// A value that is set, taken, cleared, or said.
#[test]
fn every_change_is_written() {
    let sessions = sessions();
    let cookie = written(&sessions, &session(&[("name", "Ann"), ("age", "7")]));
    let changed = |change: fn(&mut Session)| {
        let mut session = sessions.read(&cookie, NOW);
        change(&mut session);
        let set = sessions.write(&session, NOW).unwrap().expect("it has changed");
        sessions.read(&self::cookie(&set), NOW)
    };
    let named = |session: Session| {
        ["name", "age"].map(|name| session.get(name).map(str::to_owned).unwrap_or_default())
    };
    assert_eq!(named(changed(|session| session.set("name", "Bob"))), ["Bob", "7"]);
    assert_eq!(named(changed(|session| drop(session.take("name")))), ["", "7"]);
    assert_eq!(named(changed(Session::clear)), ["", ""]);
    assert_eq!(changed(|session| session.flash("hello")).flashes(), ["hello"]);
}

#[test]
fn a_name_has_one_value_and_it_can_be_taken_once() {
    let mut session = session(&[("name", "Ann"), ("age", "7"), ("name", "Bob")]);
    assert_eq!(session.get("name"), Some("Bob"));
    assert_eq!(session.take("name").as_deref(), Some("Bob"));
    assert_eq!(session.get("name"), None);
    assert_eq!(session.take("name"), None);
    assert_eq!(session.get("age"), Some("7"));
}

#[test]
fn no_name_of_a_value_stands_in_the_way_of_the_expiry() {
    let sessions = sessions();
    let fields = [("expires", "99999999999999"), ("session", "x"), ("max-age", "1")];
    let cookie = written(&sessions, &session(&fields));
    let read = sessions.read(&cookie, NOW);
    assert_eq!(fields.map(|(name, _)| read.get(name)), fields.map(|(_, value)| Some(value)));
    assert_eq!(sessions.read(&cookie, NOW + HOUR), Session::default());
}

#[test]
fn the_cookie_is_for_the_whole_site_and_for_no_script_and_for_no_other_site() {
    let set = sessions().write(&session(&[("name", "Ann")]), NOW).unwrap().unwrap();
    let mut attributes: Vec<_> = set.split("; ").skip(1).collect();
    attributes.sort_unstable();
    assert_eq!(attributes, ["HttpOnly", "Max-Age=3600", "Path=/", "SameSite=Lax"]);
}

#[test]
fn an_empty_session_takes_the_cookie_away() {
    let sessions = sessions();
    let mut left = sessions.read(&written(&sessions, &session(&[("name", "Ann")])), NOW);
    left.clear();
    let set = sessions.write(&left, NOW).unwrap().unwrap();
    // With another path or another name it would be another cookie.
    assert!(set.starts_with("session="), "{set}");
    let mut attributes: Vec<_> = set.split("; ").skip(1).collect();
    attributes.sort_unstable();
    assert_eq!(attributes, ["HttpOnly", "Max-Age=0", "Path=/", "SameSite=Lax"]);
    // Nor is it good for whoever keeps it all the same.
    assert_eq!(sessions.read(&cookie(&set), NOW), Session::default());
}

#[test]
fn a_session_is_good_for_its_lifetime_and_not_a_second_longer() {
    let sessions = sessions();
    let cookie = written(&sessions, &session(&[("name", "Ann")]));
    assert_eq!(sessions.read(&cookie, NOW + HOUR - 1).get("name"), Some("Ann"));
    for later in [NOW + HOUR, NOW + HOUR + 1, u64::MAX] {
        assert_eq!(sessions.read(&cookie, later), Session::default());
    }
    // A change makes it new.
    let mut read = sessions.read(&cookie, NOW + HOUR - 1);
    read.set("name", "Bob");
    let set = sessions.write(&read, NOW + HOUR - 1).unwrap().unwrap();
    assert_eq!(sessions.read(&self::cookie(&set), NOW + 2 * HOUR - 2).get("name"), Some("Bob"));
}

#[test]
fn a_cookie_that_was_changed_at_any_byte_is_a_strangers() {
    let sessions = sessions();
    let cookie = written(&sessions, &session(&[("name", "Ann")]));
    let value_at = "session=".len();
    let mut tried = 0;
    for place in value_at..cookie.len() {
        for other in (b'!'..=b'~').filter(|byte| !b";,\\\"".contains(byte)) {
            let mut bytes = cookie.clone().into_bytes();
            if bytes[place] == other {
                continue;
            }
            bytes[place] = other;
            let changed = String::from_utf8(bytes).unwrap();
            assert_eq!(sessions.read(&changed, NOW), Session::default(), "{changed}");
            tried += 1;
        }
    }
    assert!(tried > 4000, "only {tried}");
}

#[test]
fn a_cookie_that_was_cut_or_lengthened_is_a_strangers() {
    let sessions = sessions();
    let cookie = written(&sessions, &session(&[("name", "Ann")]));
    for end in 0..cookie.len() {
        assert_eq!(sessions.read(&cookie[..end], NOW), Session::default(), "{}", &cookie[..end]);
    }
    for start in 1.."session=".len() {
        assert_eq!(sessions.read(&cookie[start..], NOW), Session::default());
    }
    for more in ["a", "&admin=1", "="] {
        assert_eq!(sessions.read(&format!("{cookie}{more}"), NOW), Session::default());
    }
}

#[test]
fn a_cookie_that_was_signed_with_another_key_or_not_at_all_is_a_strangers() {
    let other = Sessions::new(&[8; 64], Duration::from_secs(HOUR)).unwrap();
    let cookie = written(&other, &session(&[("name", "Ann")]));
    assert_eq!(sessions().read(&cookie, NOW), Session::default());
    for forged in
        ["session=name=Ann", "session=9999999999.name=Ann", "session=", "session", "", ";;"]
    {
        assert_eq!(sessions().read(forged, NOW), Session::default(), "{forged}");
    }
    // With the same key it is known, by another program too.
    assert_eq!(other.read(&cookie, NOW).get("name"), Some("Ann"));
    let again = Sessions::new(&[8; 64], Duration::from_secs(1)).unwrap();
    assert_eq!(again.read(&cookie, NOW).get("name"), Some("Ann"));
}

#[test]
fn secrets_that_differ_in_a_byte_are_different() {
    let cookie = written(&sessions(), &session(&[("name", "Ann")]));
    for place in 0..32 {
        let mut secret = [7; 64];
        secret[place] ^= 1;
        let other = Sessions::new(&secret, Duration::from_secs(HOUR)).unwrap();
        assert_eq!(other.read(&cookie, NOW), Session::default(), "{place}");
    }
}

#[test]
fn of_several_cookies_the_first_one_of_the_name_is_meant() {
    let sessions = sessions();
    let ann = written(&sessions, &session(&[("name", "Ann")]));
    let bob = written(&sessions, &session(&[("name", "Bob")]));
    for (cookies, name) in [
        (format!("a=b; {ann}; c=d"), Some("Ann")),
        (format!("a=b;{ann};c"), Some("Ann")),
        (format!("{ann}; {bob}"), Some("Ann")),
        (format!("{bob}; {ann}"), Some("Bob")),
        (format!("session=x; {ann}"), None),
        (format!("Session=x; SESSION=y; session2=z; {ann}"), Some("Ann")),
        (format!("; ; =; a; {ann}"), Some("Ann")),
        (format!("other-{ann}"), None),
    ] {
        assert_eq!(sessions.read(&cookies, NOW).get("name"), name, "{cookies}");
    }
}

#[test]
fn a_session_that_no_cookie_holds_is_an_error() {
    let sessions = sessions();
    let write = |length| sessions.write(&session(&[("text", &"x".repeat(length))]), NOW);
    let set = write(3700).unwrap().unwrap();
    assert!(set.len() <= 4096, "browsers keep 4096 bytes, and this has {}", set.len());
    assert_eq!(sessions.read(&cookie(&set), NOW).get("text").map(str::len), Some(3700));
    for length in [3900, 100_000] {
        assert!(write(length).unwrap_err().to_string().contains("too large"));
    }
    // What counts is what is sent: of this, each character is three bytes.
    assert!(write(3700).is_ok());
    assert!(sessions.write(&session(&[("text", &"&".repeat(3700))]), NOW).is_err());
}

#[test]
fn a_lifetime_without_end_is_no_overflow() {
    let sessions = Sessions::new(&[7; 64], Duration::from_secs(u64::MAX / 4)).unwrap();
    let cookie = written(&sessions, &session(&[("name", "Ann")]));
    assert_eq!(sessions.read(&cookie, u64::MAX / 8).get("name"), Some("Ann"));
    let sessions = Sessions::new(&[7; 64], Duration::MAX).unwrap();
    // No cookie can say that; it is said, and not the end of a program.
    assert!(sessions.write(&session(&[("name", "Ann")]), NOW).is_err());
}

#[test]
fn a_secret_that_is_too_short_is_an_error() {
    for length in [0, 1, 32, 63] {
        let Err(error) = Sessions::new(&vec![7; length], Duration::from_secs(1)) else {
            panic!("{length} bytes are enough")
        };
        assert!(error.to_string().contains("secret"), "{error}");
    }
    for length in [64, 65, 1000] {
        assert!(Sessions::new(&vec![7; length], Duration::from_secs(1)).is_ok(), "{length}");
    }
}

#[test]
fn a_new_secret_is_long_enough_and_nobody_elses() {
    let secrets = [new_secret(), new_secret()];
    assert_ne!(secrets[0], secrets[1]);
    for secret in &secrets {
        assert!(secret.len() >= 64);
        Sessions::new(secret, Duration::from_secs(1)).unwrap();
        // No byte of it is there eight times, as it would be in zeros.
        let most = secret.iter().map(|one| secret.iter().filter(|byte| *byte == one).count()).max();
        assert!(most < Some(8), "{secret:?}");
    }
}

// Messages

#[test]
fn a_message_is_shown_once_and_in_the_order_of_all() {
    let sessions = sessions();
    let mut session = session(&[("name", "Ann")]);
    session.flash("first");
    session.flash("second");
    session.flash("first");
    let mut read = sessions.read(&written(&sessions, &session), NOW);
    assert_eq!(read.flashes(), ["first", "second", "first"]);
    assert!(read.flashes().is_empty());
    let read = sessions.read(&written(&sessions, &read), NOW);
    assert!(read.clone().flashes().is_empty());
    assert_eq!(read.get("name"), Some("Ann"));
}

// In an application

/// Says what it remembers; `/set`, `/clear`, `/flash`, `/show` and `/fail` change it.
fn app() -> App {
    let mut app = App::default();
    app.sessions = Some(sessions());
    let route = |app: &mut App, path: &str, work: fn(&mut Call<'_>) -> anyhow::Result<Response>| {
        app.route(path, on_get(work)).unwrap();
    };
    let said = |call: &mut Call<'_>| -> anyhow::Result<Response> {
        Ok(Response::new(200).header("X-Name", call.session.get("name").unwrap_or("nobody"))?)
    };
    route(&mut app, "/", said);
    route(&mut app, "/set", |call| {
        call.session.set("name", "Ann");
        Ok(Response::new(204))
    });
    route(&mut app, "/clear", |call| {
        call.session.clear();
        Ok(Response::new(204))
    });
    route(&mut app, "/flash", |call| {
        call.session.flash("hello");
        Ok(Response::new(204))
    });
    route(&mut app, "/show", |call| {
        Ok(Response::new(200).header("X-Flashes", call.session.flashes().join("|"))?)
    });
    route(&mut app, "/fail", |call| {
        call.session.set("name", "Bob");
        Err(HttpError(403).into())
    });
    route(&mut app, "/large", |call| {
        call.session.set("name", &"x".repeat(5000));
        Ok(Response::new(204))
    });
    app
}

/// A browser: it keeps the cookie that it is given.
struct Browser<'a> {
    app: &'a App,
    cookie: String,
}

impl Browser<'_> {
    fn get(&mut self, path: &str) -> Response {
        let field = match self.cookie.as_str() {
            "" => String::new(),
            cookie => format!("Cookie: other=1; {cookie}\r\n"),
        };
        let response = ask(self.app, &told(&format!("GET {path}"), &field));
        if let [set] = fields(&response, "Set-Cookie")[..] {
            let is_taken = set.contains("Max-Age=0");
            self.cookie = if is_taken { String::new() } else { cookie(set) };
        }
        response
    }

    fn name(&mut self) -> String {
        fields(&self.get("/"), "X-Name").join("|")
    }
}

#[test]
fn two_clients_are_remembered_each_for_itself() {
    let app = app();
    let [mut ann, mut bob] = [(); 2].map(|()| Browser { app: &app, cookie: String::new() });
    assert_eq!((ann.name(), bob.name()), ("nobody".into(), "nobody".into()));
    ann.get("/set");
    assert_eq!((ann.name(), bob.name()), ("Ann".into(), "nobody".into()));
    // It is remembered of a request that failed as well.
    assert_eq!(bob.get("/fail").status, 403);
    assert_eq!((ann.name(), bob.name()), ("Ann".into(), "Bob".into()));
    ann.get("/clear");
    assert_eq!(ann.cookie, "");
    assert_eq!((ann.name(), bob.name()), ("nobody".into(), "Bob".into()));
}

#[test]
fn a_cookie_is_set_when_the_session_changes_and_no_cache_may_keep_that() {
    let app = app();
    let mut browser = Browser { app: &app, cookie: String::new() };
    for (path, is_set) in [("/", false), ("/clear", false), ("/show", false), ("/set", true)] {
        let response = browser.get(path);
        assert_eq!(fields(&response, "Set-Cookie").len(), usize::from(is_set), "{path}");
        let expected = if is_set { &["no-store"][..] } else { &[] };
        assert_eq!(fields(&response, "Cache-Control"), expected, "{path}");
    }
    assert!(fields(&browser.get("/"), "Set-Cookie").is_empty());
}

#[test]
fn a_message_waits_for_the_page_that_shows_it_and_is_shown_once() {
    let app = app();
    let mut browser = Browser { app: &app, cookie: String::new() };
    browser.get("/flash");
    // None of these is such a page.
    assert_eq!(browser.get("/no-such-page").status, 404);
    assert_eq!(browser.get("/set/").status, 308);
    browser.get("/set");
    assert_eq!(fields(&browser.get("/show"), "X-Flashes"), ["hello"]);
    assert_eq!(fields(&browser.get("/show"), "X-Flashes"), [""]);
    assert_eq!(browser.name(), "Ann");
}

/// Also what is shown to a stranger, or a cache would show it to those who are none.
#[test]
fn every_answer_varies_with_the_cookie_where_there_are_sessions() {
    let mut app = app();
    let targets = ["/", "/set", "/fail", "/large", "/set/", "/no-such-page"];
    let mut browser = Browser { app: &app, cookie: String::new() };
    for target in targets.into_iter().chain(targets) {
        assert_eq!(fields(&browser.get(target), "Vary"), ["Cookie"], "{target}");
    }
    app.sessions = None;
    for target in targets {
        assert!(fields(&ask(&app, &told(&format!("GET {target}"), "")), "Vary").is_empty());
    }
}

#[test]
fn without_sessions_nothing_is_remembered() {
    let mut app = app();
    app.sessions = None;
    let mut browser = Browser { app: &app, cookie: String::new() };
    assert!(fields(&browser.get("/set"), "Set-Cookie").is_empty());
    let known = written(&sessions(), &session(&[("name", "Ann")]));
    browser.cookie = known;
    assert_eq!(browser.name(), "nobody");
}

#[test]
fn a_session_that_no_cookie_holds_is_a_fault_with_the_sites_page() {
    let mut app = app();
    app.set_page(None, |_, fault| {
        Ok(Response::new(200).header("X-Fault", fault.status.to_string())?)
    });
    let mut browser = Browser { app: &app, cookie: String::new() };
    browser.get("/set");
    let response = browser.get("/large");
    assert_eq!((response.status, fields(&response, "X-Fault")), (500, vec!["500"]));
    assert_eq!(browser.name(), "Ann");
}

#[test]
fn of_many_messages_that_nobody_sees_the_latest_five_are_kept() {
    let mut session = Session::default();
    for message in ["1", "2", "3", "4", "5", "6", "7"] {
        session.flash(message);
    }
    assert_eq!(session.flashes(), ["3", "4", "5", "6", "7"]);
}
