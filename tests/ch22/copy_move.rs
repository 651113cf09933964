//! COPY and MOVE.

#[cfg(unix)]
use super::site::limited;
use super::site::{EXCLUSIVE, SHARED, Site, assert_refusal, shown};
use ch22::{Change, Depth, Lock, Scope};
use std::fs;
use std::thread;
use std::time::Instant;

/// What there is to be copied, and what may be in its way.
const SOURCES: [(&str, &[(&str, &str)]); 3] = [
    ("file", &[("from", "new")]),
    ("folder", &[("from/", ""), ("from/a", "new a"), ("from/sub/b", "new b")]),
    ("empty folder", &[("from/", "")]),
];
const TARGETS: [(&str, &[(&str, &str)]); 4] = [
    ("nothing", &[]),
    ("file", &[("to", "old")]),
    ("folder", &[("to/", ""), ("to/a", "old a"), ("to/c", "old c")]),
    ("empty folder", &[("to/", "")]),
];

/// What `site.tree()` shows when these are all there is.
fn tree_of(files: &[(&str, &str)]) -> String {
    Site::with(files).tree()
}

fn with_name<'a>(files: &[(&str, &'a str)], name: &str) -> Vec<(String, &'a str)> {
    files.iter().map(|(old, content)| (old.replacen("from", name, 1), *content)).collect()
}

/// The tree of several lists together.
fn tree(lists: &[&[(String, &str)]]) -> String {
    let all = lists.concat();
    let all: Vec<_> = all.iter().map(|(name, content)| (&**name, *content)).collect();
    tree_of(&all)
}

#[test]
fn whatever_is_there_gives_way_to_whatever_comes_and_that_is_whole() {
    for (kind, source) in SOURCES {
        for (replaced, target) in TARGETS {
            for method in ["COPY", "MOVE"] {
                for overwrite in ["", "Overwrite: T\r\n", "Overwrite: F\r\n"] {
                    if overwrite.contains('T') && super::site::is_judged() {
                        continue; // it would take long
                    }
                    let site = Site::with(&[source, target].concat());
                    let before = site.tree();
                    let fields = format!("Destination: /to\r\n{overwrite}");
                    let status = match (target.is_empty(), overwrite) {
                        (true, _) => 201,
                        (false, "Overwrite: F\r\n") => 412,
                        (false, _) => 204,
                    };
                    site.expect(status, &format!("{method} /from"), &fields, "");
                    let to = with_name(source, "to");
                    let after = match (status, method) {
                        (412, _) => before,
                        (_, "MOVE") => tree(&[&to]),
                        _ => tree(&[&with_name(source, "from"), &to]),
                    };
                    assert_eq!(site.tree(), after, "{method} {kind} to {replaced}: {fields}");
                    assert_eq!(site.spare(), [""; 0], "{method} {kind} to {replaced}");
                }
            }
        }
    }
}

#[test]
fn a_copy_of_depth_0_is_the_folder_without_what_is_in_it() {
    let site = Site::with(&[("from/a", ""), ("to/b", ""), ("file", "x")]);
    site.set("/from", "color", "red");
    site.set("/from/a", "color", "blue");
    site.expect(204, "COPY /from", "Destination: /to\r\nDepth: 0\r\n", "");
    site.expect(201, "COPY /file", "Destination: /file2\r\nDepth: 0\r\n", "");
    assert_eq!(site.tree(), "file2=x\nfile=x\nfrom/\nfrom/a=\nto/");
    assert_eq!(site.property("/to", "color").as_deref(), Some("red"));
    site.write("to/a", "");
    assert_eq!(site.property("/to/a", "color"), None);
    // Into itself there is a place for that, and the root can be copied so, too.
    site.expect(201, "COPY /from", "Destination: /from/inner\r\nDepth: 0\r\n", "");
    site.expect(201, "COPY /", "Destination: /root\r\nDepth: 0\r\n", "");
    assert_eq!(site.tree(), "file2=x\nfile=x\nfrom/\nfrom/a=\nfrom/inner/\nroot/\nto/\nto/a=");
}

#[test]
fn what_cannot_be_meant_is_refused_and_changes_nothing() {
    let site = Site::with(&[("a", "a"), ("d/e/f", "f"), ("de", "")]);
    let before = site.tree();
    for (line, fields, status) in [
        ("COPY /a", "", 400),
        ("COPY /a", "Destination: \r\n", 400),
        ("COPY /a", "Destination: b\r\n", 400),
        ("COPY /a", "Destination: /b?c\r\n", 400),
        ("COPY /a", "Destination: /b#c\r\n", 400),
        ("COPY /a", "Destination: ftp://a.example/b\r\n", 400),
        ("COPY /a", "Destination: http://a.example\r\n", 400),
        ("COPY /a", "Destination: http://b.example/b\r\n", 502),
        ("COPY /a", "Destination: https://a.example:1/b\r\n", 502),
        ("COPY /a", "Destination: /../b\r\n", 403),
        ("COPY /a", "Destination: /%2e%2e/b\r\n", 403),
        ("COPY /a", "Destination: //etc/passwd\r\n", 403),
        ("COPY /a", "Destination: /d\\b\r\n", 403),
        ("COPY /a", "Destination: /b%00\r\n", 403),
        ("COPY /a", "Destination: /none/b\r\n", 409),
        ("COPY /a", "Destination: /de/b\r\n", 409),
        ("COPY /a", "Destination: /a\r\n", 403),
        ("COPY /a", "Destination: /./a\r\n", 403),
        ("COPY /a", "Destination: /\r\n", 403),
        ("COPY /a", "Destination: /b\r\nDepth: 1\r\n", 400),
        ("COPY /a", "Destination: /b\r\nDepth: x\r\n", 400),
        ("MOVE /a", "Destination: /b\r\nDepth: 0\r\n", 400),
        ("MOVE /a", "Destination: /b\r\nDepth: 1\r\n", 400),
        ("COPY /a", "Destination: /b\r\nOverwrite: x\r\n", 400),
        ("COPY /a/", "Destination: /b\r\n", 404),
        ("COPY /none", "Destination: /b\r\n", 404),
        ("COPY /none/a", "Destination: /b\r\n", 404),
        // Into itself, or in the place of a folder that it is in.
        ("COPY /d", "Destination: /d\r\n", 403),
        ("COPY /d", "Destination: /d/\r\n", 403),
        ("COPY /d", "Destination: /d/x\r\n", 403),
        ("MOVE /d", "Destination: /d/e\r\n", 403),
        ("MOVE /d", "Destination: /d/e/x\r\n", 403),
        ("COPY /d/e/f", "Destination: /d\r\n", 403),
        ("COPY /d/e/f", "Destination: /d/e\r\n", 403),
        ("COPY /d/e", "Destination: /d\r\nDepth: 0\r\n", 403),
        ("MOVE /d/e/f", "Destination: /d\r\n", 403),
        ("MOVE /", "Destination: /x\r\n", 403),
        ("COPY /", "Destination: /x\r\n", 403),
    ] {
        site.expect(status, line, fields, "");
        let other = line.replace("COPY", "MOVE");
        if other != line && !fields.contains("Depth") {
            site.expect(status, &other, fields, "");
        }
    }
    assert_eq!((site.tree(), site.spare().len()), (before, 0));
    // Whose name only begins with the other's is another one.
    site.expect(204, "COPY /d", "Destination: HTTP://a.example/de\r\n".to_lowercase().as_str(), "");
    site.expect(201, "COPY /d", "Destination: https://A.example:443/def/\r\n", "");
    site.expect(201, "MOVE /d/", "Destination: /g\r\n", "");
    let inner = |name: &str| format!("{name}/\n{name}/e/\n{name}/e/f=f");
    assert_eq!(site.tree(), format!("a=a\n{}\n{}\n{}", inner("de"), inner("def"), inner("g")));
}

#[test]
fn properties_go_with_what_they_are_of() {
    let files = [("d/a", "a"), ("d/b", "b"), ("t/a", "old"), ("t/c", "old"), ("da", "")];
    let site = Site::with(&files);
    for target in ["/d", "/d/a", "/t", "/t/a", "/t/c", "/da"] {
        site.set(target, "of", target);
    }
    let of = |target: &str| site.property(target, "of");
    site.expect(204, "COPY /d", "Destination: /t\r\n", "");
    assert_eq!(of("/d").as_deref(), Some("/d"));
    assert_eq!(of("/d/a").as_deref(), Some("/d/a"));
    assert_eq!(of("/t").as_deref(), Some("/d"));
    assert_eq!(of("/t/a").as_deref(), Some("/d/a"));
    assert_eq!(of("/t/b"), None);
    site.write("t/c", "");
    assert_eq!(of("/t/c"), None);
    // What is set now is set there alone.
    site.set("/t/a", "of", "itself");
    assert_eq!(of("/d/a").as_deref(), Some("/d/a"));

    site.expect(201, "MOVE /d", "Destination: /m\r\n", "");
    assert_eq!(of("/m").as_deref(), Some("/d"));
    assert_eq!(of("/m/a").as_deref(), Some("/d/a"));
    site.write("d/a", "");
    assert_eq!((of("/d"), of("/d/a")), (None, None));
    assert_eq!(of("/da").as_deref(), Some("/da"));
    // Those of a file that is overwritten are gone, too.
    site.expect(204, "COPY /d/a", "Destination: /da\r\n", "");
    assert_eq!(of("/da"), None);
    // A PUT is the same file with another content.
    site.expect(204, "PUT /m/a", "", "new");
    assert_eq!(of("/m/a").as_deref(), Some("/d/a"));
}

#[test]
fn locks_stay_where_they_are() {
    let mut site = Site::with(&[("a", "a"), ("b", "b"), ("d/x", ""), ("t/y", "")]);
    let [a, b, x] = ["/a", "/b", "/d/x"].map(|target| site.lock(target, "", EXCLUSIVE));
    let t = site.lock("/t", "Depth: 0\r\n", EXCLUSIVE);
    let y = site.lock("/t/y", "", EXCLUSIVE);
    // A copy has no lock, and the one that is overwritten keeps its own.
    site.expect(423, "COPY /a", "Destination: /b\r\n", "");
    // Without an address a list is about what is copied, which has another lock.
    site.expect(412, "COPY /a", &format!("Destination: /b\r\n{}", shown(&b)), "");
    let field = format!("If: </b> (<{b}>)\r\n");
    site.expect(204, "COPY /a", &format!("Destination: /b\r\n{field}"), "");
    site.expect(201, "COPY /a", "Destination: /c\r\n", "");
    assert!(site.is_locked("/a") && site.is_locked("/b") && !site.is_locked("/c"));
    // To move something, its lock is needed, and it ends.
    site.expect(423, "MOVE /a", "Destination: /e\r\n", "");
    site.expect(201, "MOVE /a", &format!("Destination: /e\r\n{}", shown(&a)), "");
    assert!(!site.is_locked("/e"));
    site.expect(201, "PUT /a", "", "");
    // Those below, too; and those below what is overwritten.
    let both = format!("Destination: /t\r\nIf: </d/x> (<{x}>) </t> (<{t}>)\r\n");
    let reply = site.expect(423, "MOVE /d", &both, "");
    assert_refusal(
        &reply,
        "<D:lock-token-submitted><D:href>/t/y</D:href></D:lock-token-submitted>",
    );
    assert_eq!(site.tree(), "a=\nb=a\nc=a\nd/\nd/x=\ne=a\nt/\nt/y=");
    let all = both.replace("\r\nIf:", &format!("\r\nIf: </t/y> (<{y}>)"));
    site.expect(204, "MOVE /d", &all, "");
    for _ in 0..2 {
        assert!(!site.is_locked("/t/x"));
        site.expect(423, "PUT /t/new", "", "");
        site.expect(201, "PUT /t/y", &format!("If: </t> (<{t}>)\r\n"), "");
        assert!(!site.is_locked("/t/y"));
        site.expect(204, "DELETE /t/y", &format!("If: </t> (<{t}>)\r\n"), "");
        site.restart();
    }
    site.expect(204, "UNLOCK /t", &format!("Lock-Token: <{t}>\r\n"), "");
    assert_eq!(site.store().state().locks.iter().count(), 1);
}

#[test]
fn the_folder_that_something_comes_into_or_leaves_may_be_locked_too() {
    let site = Site::with(&[("from/a", ""), ("to/", "")]);
    let from = site.lock("/from", "Depth: 0\r\n", SHARED);
    let to = site.lock("/to", "Depth: 0\r\n", SHARED);
    let fields = "Destination: /to/a\r\n";
    for token in [&from, &to] {
        let field = format!("{fields}If: </from> (<{token}>) </to> (<{token}>)\r\n");
        site.expect(423, "MOVE /from/a", &field, "");
    }
    site.expect(423, "COPY /from/a", &format!("{fields}If: </from> (<{from}>)\r\n"), "");
    let field = format!("{fields}If: </to> (<{to}>)\r\n");
    // Whoever copies does not change where it comes from.
    site.expect(201, "COPY /from/a", &field, "");
    site.expect(423, "MOVE /from/a", &field, "");
    let field = format!("{fields}If: </to> (<{to}>) </from> (<{from}>)\r\n");
    site.expect(204, "MOVE /from/a", &field, "");
    assert_eq!(site.tree(), "from/\nto/\nto/a=");
}

#[test]
fn a_link_is_copied_and_moved_as_a_link() {
    let site = Site::with(&[("a", "a"), ("d/b", "b")]);
    if mock::symlink("a", site.path("link")).is_err() {
        return;
    }
    mock::symlink("../a", site.path("d/up")).unwrap();
    mock::symlink("../../outside", site.path("d/out")).unwrap();
    site.expect(201, "COPY /link", "Destination: /link2\r\n", "");
    site.expect(201, "MOVE /link", "Destination: /link3\r\n", "");
    site.expect(201, "COPY /d", "Destination: /e\r\n", "");
    let folder =
        |name: &str| format!("{name}/\n{name}/b=b\n{name}/out>../../outside\n{name}/up>../a");
    let links = "link2>a\nlink3>a";
    assert_eq!(site.tree(), format!("a=a\n{}\n{}\n{links}", folder("d"), folder("e")));
    // Where it leads out now, it is hidden.
    site.expect(201, "MOVE /e/up", "Destination: /up\r\n", "");
    site.expect(404, "GET /up", "", "");
    // To what it leads it is put in the place of itself: that is another thing.
    site.expect(204, "COPY /a", "Destination: /link2\r\n", "");
    assert_eq!(fs::symlink_metadata(site.path("link2")).unwrap().len(), 1);
    assert!(fs::symlink_metadata(site.path("link2")).unwrap().is_file());
}

/// By another address it is the same place.
#[test]
fn by_way_of_a_link_nothing_gets_into_itself() {
    let site = Site::with(&[("d/e/f", "f")]);
    if mock::symlink("d/e", site.path("way")).is_err() {
        return;
    }
    site.expect(403, "COPY /d/e", "Destination: /way/x\r\n", "");
    site.expect(403, "MOVE /d", "Destination: /way/x\r\n", "");
    site.expect(403, "COPY /d/e/f", "Destination: /way/f\r\n", "");
    site.expect(403, "MOVE /way/f", "Destination: /d/e/f\r\n", "");
    site.expect(201, "COPY /way/f", "Destination: /way/g\r\n", "");
    assert_eq!(site.tree(), "d/\nd/e/\nd/e/f=f\nd/e/g=f\nway>d/e");
}

#[test]
fn a_copy_keeps_permissions_and_is_another_file() {
    let site = Site::with(&[("a", "one"), ("d/b", "")]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(site.path("a"), fs::Permissions::from_mode(0o440)).unwrap();
    }
    site.expect(201, "COPY /a", "Destination: /b\r\n", "");
    let permissions = |name: &str| fs::metadata(site.path(name)).unwrap().permissions();
    assert_eq!(permissions("a"), permissions("b"));
    assert_ne!(site.etag("/a"), site.etag("/b"));
    site.expect(204, "PUT /a", "", "two");
    // A move is no change of what is in it.
    let tag = site.etag("/b");
    site.expect(201, "MOVE /b", "Destination: /c\r\n", "");
    assert_eq!(site.etag("/c"), tag);
    assert_eq!(site.tree(), "a=two\nc=one\nd/\nd/b=");
}

#[test]
fn a_copy_for_whose_properties_there_is_no_room_is_507_and_a_move_needs_none() {
    if super::site::is_judged() {
        return; // it takes long
    }
    let site = Site::with(&[("d/a", ""), ("b", "")]);
    let name = ch22::PropertyName { namespace: String::new(), name: "x".into() };
    let value = |length: usize| Some("x".repeat(length - 1));
    {
        let mut writer = site.store().writer().unwrap();
        // So many that a copy would be one byte too much.
        let half = ch22::MAX_ALL_PROPERTIES / 2;
        let count = half / ch22::MAX_PROPERTIES;
        for number in 0..count {
            let extra = usize::from(number == 0);
            let update = vec![(name.clone(), value(ch22::MAX_PROPERTIES + extra))];
            writer.make(Change::Patch { key: format!("d/{number}"), update }).unwrap();
        }
    }
    site.expect(507, "COPY /d", "Destination: /e\r\n", "");
    assert_eq!((site.tree().as_str(), site.spare().len()), ("b=\nd/\nd/a=", 0));
    site.expect(201, "MOVE /d", "Destination: /e\r\n", "");
    site.expect(204, "COPY /b", "Destination: /e/a\r\n", "");
    site.expect(204, "DELETE /e/", "", "");
    assert_eq!(site.store().state().properties.room(), 0);
}

/// A copy is made before its turn comes to be put in its place.
#[test]
fn what_has_changed_while_a_copy_was_made_is_looked_at_again() {
    let site = Site::with(&[("a", "a"), ("b", "b")]);
    let lock = Lock {
        token: "urn:x".into(),
        key: "b".into(),
        depth: Depth::Zero,
        scope: Scope::Exclusive,
        owner: None,
        seconds: 100,
        ends: (site.dav().clock)().timestamp() + 100,
    };
    let mut writer = site.store().writer().unwrap();
    thread::scope(|scope| {
        let copy = scope.spawn(|| site.ask("COPY /a", "Destination: /b\r\n", ""));
        let started = Instant::now();
        while !site.spare().concat().ends_with("=a") {
            assert!(started.elapsed() < mock::patience(), "there is no copy");
            thread::yield_now();
        }
        writer.make(Change::Lock(lock)).unwrap();
        drop(writer);
        let lock = "<D:lock-token-submitted><D:href>/b</D:href></D:lock-token-submitted>";
        assert_refusal(&copy.join().unwrap(), lock);
    });
    assert_eq!((site.tree().as_str(), site.spare().len()), ("a=a\nb=b", 0));
}

/// What was a folder when the copy was made is a file now, and a folder takes no file's place.
#[cfg(unix)]
#[test]
fn a_copy_that_does_not_fit_any_more_is_409_and_nothing_has_changed() {
    let site = Site::with(&[("d/f", "f"), ("b", "b")]);
    let writer = site.store().writer().unwrap();
    thread::scope(|scope| {
        let copy = scope.spawn(|| site.status("COPY /d", "Destination: /b\r\n", ""));
        let started = Instant::now();
        while !site.spare().concat().ends_with("/f=f") {
            assert!(started.elapsed() < mock::patience(), "there is no copy");
            thread::yield_now();
        }
        fs::remove_dir_all(site.path("d")).unwrap();
        site.write("d", "file");
        drop(writer);
        assert_eq!(copy.join().unwrap(), 409);
    });
    assert_eq!((site.tree().as_str(), site.spare().len()), ("b=b\nd=file", 0));
    site.expect(204, "COPY /d", "Destination: /b\r\n", "");
}

/// So there is no moment in which there is none.
#[test]
fn a_file_takes_the_place_of_a_file_without_its_stepping_aside() {
    let site = Site::with(&[("a", "a"), ("b", "b"), ("d/", "")]);
    site.expect(204, "COPY /a", "Destination: /b\r\nOverwrite: t\r\n", "");
    site.expect(412, "COPY /a", "Destination: /b\r\nOverwrite: f\r\n", "");
    site.expect(204, "MOVE /a", "Destination: /b\r\n", "");
    site.expect(201, "MOVE /b", "Destination: /c\r\n", "");
    site.expect(204, "MOVE /c", "Destination: /d\r\n", "");
    let journal = fs::read_to_string(site.beside().join("journal")).unwrap();
    let begun: Vec<_> = journal.lines().filter(|line| line.contains("Begun")).collect();
    let aside: Vec<_> = begun.iter().map(|line| !line.contains("\"aside\":null")).collect();
    assert_eq!(aside, [false, false, false, true]);
}

/// A log has no line for what is as it should be.
#[cfg(unix)]
#[test]
fn nothing_is_said_of_what_goes_well() {
    let test = "nothing_is_said_of_what_goes_well";
    let work = || {
        let mut site = Site::with(&[("a", "a"), ("b", "b"), ("d/e", "")]);
        site.expect(204, "COPY /a", "Destination: /b\r\n", "");
        site.expect(204, "MOVE /a", "Destination: /d\r\n", "");
        site.expect(204, "DELETE /d", "", "");
        site.restart();
    };
    let Some(log) = limited(module_path!(), test, "true", work) else { return };
    let visits = log.lines().filter(|line| line.contains(" HTTP/1.1\" 204 "));
    assert_eq!((visits.count(), log.lines().count()), (3, 3), "{log}");
}
