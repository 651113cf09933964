//! The store: changes, and what a start makes of one that was begun.

use super::site::{EXCLUSIVE, Site, shown};
use ch22::{
    Change, Depth, Entry, HttpError, Lock, MAX_PROPERTIES, Place, PropertyName, Scope, Store,
};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// What a change does with files: one name is exchanged for another.
type Steps = Vec<(&'static str, &'static str)>;

/// A change, the files that are there before it, the renames that it consists of, and what is there
/// in the end.
struct Case {
    change: Change,
    before: &'static [(&'static str, &'static str)],
    steps: Steps,
    after: &'static str,
    /// Where the properties of `a` are in the end.
    property: Option<&'static str>,
}

fn remove(key: &str) -> Change {
    Change::Remove { key: key.into(), aside: "aside".into() }
}

fn moved(aside: bool) -> Change {
    let aside = aside.then(|| "aside".to_owned());
    Change::Move { from: "a".into(), to: "d/b".into(), aside }
}

fn copied(aside: bool, deep: bool) -> Change {
    let aside = aside.then(|| "aside".to_owned());
    let (from, copy, to) = ("a".into(), "copy".into(), "d/b".into());
    Change::Copy { from, copy, to, aside, deep }
}

/// Names that begin with `+` are of the folder beside.
fn cases() -> Vec<Case> {
    vec![
        Case {
            change: remove("a"),
            before: &[("a", "new"), ("d/x", "x")],
            steps: vec![("a", "+aside")],
            after: "d/\nd/x=x",
            property: None,
        },
        Case {
            change: remove("a"),
            before: &[("a/f", "new"), ("d/x", "x")],
            steps: vec![("a", "+aside")],
            after: "d/\nd/x=x",
            property: None,
        },
        Case {
            change: moved(false),
            before: &[("a", "new"), ("d/x", "x")],
            steps: vec![("a", "d/b")],
            after: "d/\nd/b=new\nd/x=x",
            property: Some("d/b"),
        },
        // A file takes another's place at once.
        Case {
            change: moved(false),
            before: &[("a", "new"), ("d/b", "old")],
            steps: vec![("a", "d/b")],
            after: "d/\nd/b=new",
            property: Some("d/b"),
        },
        Case {
            change: moved(true),
            before: &[("a/f", "new"), ("d/b/g", "old")],
            steps: vec![("d/b", "+aside"), ("a", "d/b")],
            after: "d/\nd/b/\nd/b/f=new",
            property: Some("d/b"),
        },
        Case {
            change: moved(true),
            before: &[("a/f", "new"), ("d/b", "old")],
            steps: vec![("d/b", "+aside"), ("a", "d/b")],
            after: "d/\nd/b/\nd/b/f=new",
            property: Some("d/b"),
        },
        Case {
            change: copied(false, true),
            before: &[("a", "new"), ("+copy", "new"), ("d/b", "old")],
            steps: vec![("+copy", "d/b")],
            after: "a=new\nd/\nd/b=new",
            property: Some("d/b"),
        },
        Case {
            change: copied(true, true),
            before: &[("a/f", "new"), ("+copy/f", "new"), ("d/b/g", "old")],
            steps: vec![("d/b", "+aside"), ("+copy", "d/b")],
            after: "a/\na/f=new\nd/\nd/b/\nd/b/f=new",
            property: Some("d/b"),
        },
        Case {
            change: copied(true, false),
            before: &[("a/f", "new"), ("+copy/", ""), ("d/b/g", "old")],
            steps: vec![("d/b", "+aside"), ("+copy", "d/b")],
            after: "a/\na/f=new\nd/\nd/b/",
            property: Some("d/b"),
        },
    ]
}

fn name(name: &str) -> PropertyName {
    PropertyName { namespace: String::new(), name: name.into() }
}

fn patch(key: &str, value: &str) -> Change {
    Change::Patch { key: key.into(), update: vec![(name("of"), Some(value.into()))] }
}

fn lock(key: &str) -> Change {
    Change::Lock(Lock {
        token: format!("urn:{key}"),
        key: key.into(),
        depth: Depth::Zero,
        scope: Scope::Exclusive,
        owner: None,
        seconds: 3600,
        ends: i64::MAX,
    })
}

/// Folders as a program has left them, which was ended.
struct Left {
    site: Site,
}

impl Left {
    fn new(files: &[(&str, &str)]) -> Self {
        let mut site = Site::new();
        site.stop();
        let left = Self { site };
        for (file, content) in files {
            match file.strip_prefix('+') {
                Some(file) => left.site.write(&format!("../files.dav/spare/{file}"), content),
                None => left.site.write(file, content),
            }
        }
        left
    }

    fn step(&self, (from, to): (&str, &str)) {
        let path = |name: &str| match name.strip_prefix('+') {
            Some(name) => self.site.beside().join("spare").join(name),
            None => self.site.path(name),
        };
        fs::rename(path(from), path(to)).unwrap();
    }

    fn journal(&self, bytes: impl AsRef<[u8]>) {
        fs::write(self.site.beside().join("journal"), bytes).unwrap();
    }

    fn open(&self) -> anyhow::Result<Store> {
        Store::open(&self.site.root)
    }
}

fn lines(entries: &[Entry]) -> Vec<u8> {
    let line = |entry| serde_json::to_vec(entry).unwrap();
    entries.iter().flat_map(|entry| [line(entry), b"\n".to_vec()].concat()).collect()
}

fn property(store: &Store, key: &str) -> Option<String> {
    store.state().properties.of(key)?.get(&name("of")).cloned()
}

fn lock_keys(store: &Store) -> Vec<String> {
    store.state().locks.iter().map(|lock| lock.key.clone()).collect()
}

#[test]
fn what_was_begun_is_finished_wherever_the_program_was_ended() {
    for (number, case) in cases().iter().enumerate() {
        let known = [
            Entry::Changed(patch("a", "a")),
            Entry::Changed(patch("d/b", "b")),
            Entry::Changed(lock("a")),
            Entry::Changed(lock("d/b")),
            Entry::Changed(lock("d/b/g")),
        ];
        let begun = lines(&[&known[..], &[Entry::Begun(case.change.clone())]].concat());
        let done = lines(&[Entry::Done]);
        // After so many of the renames, and with so many bytes of the last line.
        for steps in 0..=case.steps.len() {
            for end in 0..=done.len() {
                if end > 0 && (steps < case.steps.len() || super::site::is_judged()) {
                    continue;
                }
                let left = Left::new(case.before);
                case.steps[..steps].iter().for_each(|step| left.step(*step));
                left.journal([&begun[..], &done[..end]].concat());
                for _ in 0..2 {
                    let store = left.open().unwrap();
                    let why = format!("case {number}, {steps} steps, {end} bytes");
                    assert_eq!(left.site.tree(), case.after, "{why}");
                    assert_eq!(left.site.spare(), [""; 0], "{why}");
                    let is_copy = matches!(case.change, Change::Copy { .. });
                    assert_eq!(property(&store, "a").is_some(), is_copy, "{why}");
                    if let Some(key) = case.property {
                        assert_eq!(property(&store, key).as_deref(), Some("a"), "{why}");
                        let locks: &[&str] = if is_copy { &["a", "d/b"] } else { &["d/b"] };
                        assert_eq!(lock_keys(&store), locks, "{why}");
                    }
                    let journal = fs::read_to_string(left.site.beside().join("journal")).unwrap();
                    assert_eq!(journal.lines().count(), store.state().len(), "{why}");
                    assert!(!journal.contains("Begun") && !journal.contains("Done"), "{why}");
                }
            }
        }
    }
}

#[test]
fn what_was_not_begun_is_not_done() {
    for case in cases() {
        let begun = lines(&[Entry::Begun(case.change.clone())]);
        let known = lines(&[Entry::Changed(patch("a", "a"))]);
        let given_up = lines(&[Entry::GivenUp]);
        let before = {
            let left = Left::new(case.before);
            drop(left.open().unwrap());
            left.site.tree()
        };
        for journal in [
            // The line was cut, or what it says was given up.
            [&known[..], &begun[..begun.len() - 1]].concat(),
            [&known[..], &begun[..1]].concat(),
            [&known[..], &begun, &given_up].concat(),
        ] {
            let left = Left::new(case.before);
            left.journal(journal);
            let store = left.open().unwrap();
            assert_eq!(left.site.tree(), before);
            assert_eq!(left.site.spare(), [""; 0]);
            assert_eq!(property(&store, "a").as_deref(), Some("a"));
        }
    }
}

#[test]
fn what_was_done_is_not_done_again() {
    // `a` has gone to `b`, and since then there is another `a`.
    let left = Left::new(&[("a", "later"), ("d/b", "first")]);
    left.journal(lines(&[Entry::Begun(moved(false)), Entry::Done]));
    drop(left.open().unwrap());
    assert_eq!(left.site.tree(), "a=later\nd/\nd/b=first");
    // The same by requests, and however often it is started.
    let mut site = Site::with(&[("a", "first"), ("d/", "")]);
    site.expect(201, "MOVE /a", "Destination: /d/b\r\n", "");
    site.expect(201, "PUT /a", "", "later");
    site.expect(201, "COPY /a", "Destination: /c\r\n", "");
    site.expect(204, "PUT /c", "", "c");
    site.expect(204, "DELETE /d/b", "", "");
    site.expect(201, "PUT /d/b", "", "b");
    for _ in 0..2 {
        assert_eq!(site.tree(), "a=later\nc=c\nd/\nd/b=b");
        site.restart();
    }
}

#[test]
fn what_cannot_be_finished_is_given_up_if_nothing_is_lost_by_it() {
    for (change, before) in [
        (remove("none"), "d/\nd/x=x"),
        (moved(true), "d/\nd/x=x"),
        (remove("d/none/x"), "d/\nd/x=x"),
    ] {
        let left = Left::new(&[("d/x", "x"), ("+copy", "copy")]);
        if matches!(change, Change::Move { .. }) {
            left.site.write("a", "a");
        }
        left.journal(lines(&[Entry::Changed(patch("none", "x")), Entry::Begun(change.clone())]));
        let store = left.open().unwrap();
        assert_eq!(property(&store, "none").as_deref(), Some("x"));
        let tree = left.site.tree();
        assert!(tree == before || tree == format!("a=a\n{before}"), "{tree}");
        assert_eq!(left.site.spare(), [""; 0]);
        let journal = fs::read_to_string(left.site.beside().join("journal")).unwrap();
        assert_eq!(journal.lines().count(), 1, "{journal}");
    }
}

/// Somebody has removed the folder while the program did not run. What was there before is the only
/// copy of it.
#[test]
fn what_was_put_aside_is_not_thrown_away_when_it_cannot_be_finished() {
    let left = Left::new(&[("a/f", "new"), ("+aside/g", "old")]);
    left.journal(lines(&[Entry::Begun(moved(true))]));
    for _ in 0..2 {
        let error = format!("{:#}", left.open().err().unwrap());
        assert!(error.contains("cannot finish what was begun"), "{error}");
        assert_eq!(left.site.tree(), "a/\na/f=new");
        assert_eq!(left.site.spare().concat(), "aside/aside/g=old");
    }
    fs::create_dir(left.site.path("d")).unwrap();
    drop(left.open().unwrap());
    assert_eq!(left.site.tree(), "d/\nd/b/\nd/b/f=new");
}

#[test]
fn a_change_that_cannot_be_made_changes_nothing() {
    let site = Site::with(&[("d/x/f", "f"), ("a", "a")]);
    let before = site.tree();
    {
        let mut writer = site.store().writer().unwrap();
        writer.make(patch("d/x", "x")).unwrap();
        let into_itself = |aside: Option<&str>| Change::Move {
            from: "d".into(),
            to: "d/x".into(),
            aside: aside.map(str::to_owned),
        };
        writer.make(into_itself(None)).unwrap_err();
        writer.make(into_itself(Some("aside"))).unwrap_err();
        writer.make(remove("none")).unwrap_err();
        writer.make(Change::Move { from: "a".into(), to: "a/b".into(), aside: None }).unwrap_err();
    }
    assert_eq!((site.tree(), site.spare().len()), (before, 0));
    assert_eq!(property(site.store(), "d/x").as_deref(), Some("x"));
    let journal = fs::read_to_string(site.beside().join("journal")).unwrap();
    assert_eq!(journal.matches("\"GivenUp\"").count(), 4, "{journal}");
    site.expect(204, "PUT /a", "", "b");
}

/// The line that says that it was done cannot be written. What was done is not undone, and nobody
/// changes anything until the next start knows what is true.
#[cfg(unix)]
#[test]
fn when_the_journal_is_full_nothing_is_lost() {
    let test = "when_the_journal_is_full_nothing_is_lost";
    // So many blocks of 512 bytes may a file have; dash and bash differ in what a block is.
    let limits = "trap '' XFSZ; ulimit -f 4";
    super::site::limited(module_path!(), test, limits, || {
        let mut site = Site::with(&[("a", "a"), ("b", "b"), ("c", "c"), ("d/", "")]);
        let size = {
            let file = site.beside().join("size");
            let _ = fs::write(&file, [0; 10_000]);
            let size = fs::metadata(&file).unwrap().len() as usize;
            assert!(size < 10_000, "there is no limit");
            size
        };
        let journal = site.beside().join("journal");
        let length = || fs::metadata(&journal).unwrap().len() as usize;
        // A lock that there is not ends: that changes nothing.
        let unlock = |length: usize| Change::Unlock { key: "x".into(), token: "x".repeat(length) };
        let fill = |site: &Site, to: usize| {
            let line = lines(&[Entry::Changed(unlock(0))]).len();
            let change = unlock(to - length() - line);
            site.store().writer().unwrap().make(change).unwrap();
            assert_eq!(length(), to);
        };
        // What does not fit is not begun.
        fill(&site, size - 10);
        site.expect(507, "DELETE /a", "", "");
        site.expect(507, "MOVE /a", "Destination: /d/a\r\n", "");
        site.expect(507, "LOCK /a", "", EXCLUSIVE);
        site.expect(507, "PROPPATCH /a", "", super::site::set("<y/>"));
        site.expect(507, "PUT /a", "", vec![b'x'; size + 1]);
        assert_eq!(site.tree(), "a=a\nb=b\nc=c\nd/");
        assert_eq!((length(), site.spare().len()), (size - 10, 0));
        site.expect(204, "PUT /a", "", "new");
        // What fits, and not what comes behind it.
        let aside = site.store().spare_name();
        let change = Change::Remove { key: "b".into(), aside };
        for (line, fields, begun) in [
            ("DELETE /b", "", change),
            (
                "MOVE /c",
                "Destination: /d\r\n",
                Change::Move {
                    from: "c".into(),
                    to: "d".into(),
                    aside: Some(site.store().spare_name()),
                },
            ),
        ] {
            site.restart();
            site.set(line.split_once(' ').unwrap().1, "of", "x");
            fill(&site, size - lines(&[Entry::Begun(begun)]).len() - 3);
            site.expect(503, line, fields, "");
            for (line, fields) in [
                ("PUT /a", ""),
                ("DELETE /a", ""),
                ("MKCOL /e", ""),
                ("MOVE /a", "Destination: /e\r\n"),
                ("COPY /a", "Destination: /e\r\n"),
                ("LOCK /a", ""),
                ("PROPPATCH /a", ""),
            ] {
                let patch = super::site::set("<y/>");
                let body = match &line[..4] {
                    "LOCK" => EXCLUSIVE,
                    "PROP" => &patch,
                    _ => "",
                };
                site.expect(503, line, fields, body);
            }
            // Readers do not mind.
            site.expect(200, "GET /a", "", "");
            site.expect(207, "PROPFIND /", "Depth: 1\r\n", "");
            site.restart();
        }
        assert_eq!(site.tree(), "a=new\nd=c");
        assert_eq!(site.spare(), [""; 0]);
        assert_eq!(site.property("/d", "of").as_deref(), Some("x"));
        assert!(site.store().state().properties.of("b").is_none());
        assert!(site.store().state().properties.of("c").is_none());
        site.expect(204, "PUT /a", "", "");
    });
}

/// A rename has been made, and then the folder cannot be opened to have that on the disk.
#[cfg(unix)]
#[test]
fn what_is_done_by_half_is_finished_by_the_next_start() {
    let test = "what_is_done_by_half_is_finished_by_the_next_start";
    super::site::limited(module_path!(), test, "ulimit -n 64", || {
        for (change, spare, after) in [
            (remove("a"), ["aside=a", "copy=copy"], "d/\nd/b=old"),
            (moved(false), ["copy=copy", ""], "d/\nd/b=a"),
            (copied(true, true), ["aside=old", ""], "a=a\nd/\nd/b=copy"),
        ] {
            let mut site = Site::with(&[("a", "a"), ("d/b", "old")]);
            site.set("/a", "of", "x");
            site.write("../files.dav/spare/copy", "copy");
            let mut held = Vec::new();
            while let Ok(file) = fs::File::open("/dev/null") {
                held.push(file);
            }
            let error = site.store().writer().unwrap().make(change).unwrap_err();
            assert_eq!(error.downcast_ref(), Some(&HttpError(503)));
            let error = site.store().writer().err().unwrap();
            assert_eq!(error.downcast_ref(), Some(&HttpError(503)));
            drop(held);
            // Nobody takes away what is needed.
            site.store().remove_spare("aside");
            site.store().remove_spare("copy");
            let mut left = site.spare();
            left.sort();
            assert_eq!(left.join(" "), spare.join(" ").trim());
            site.restart();
            assert_eq!((site.tree().as_str(), site.spare().len()), (after, 0));
            site.write("a", "");
            let of_a = site.property("/a", "of");
            assert_eq!(of_a.is_some(), after.starts_with("a=a"));
        }
    });
}

#[test]
fn the_journal_is_rewritten_when_it_has_a_thousand_lines_too_many() {
    if super::site::is_judged() {
        return; // it takes long
    }
    let site = Site::with(&[("a", ""), ("b", "")]);
    let journal = site.beside().join("journal");
    let count = || fs::read_to_string(&journal).unwrap().lines().count();
    let mut writer = site.store().writer().unwrap();
    writer.make(patch("b", "b")).unwrap();
    let mut longest = 0;
    for number in 0..2100 {
        writer.make(patch("a", &number.to_string())).unwrap();
        longest = longest.max(count());
    }
    // Two things are known, and twice as many lines are let be.
    assert_eq!(longest, 1004);
    assert!(count() < 1004);
    drop(writer);
    assert_eq!(property(site.store(), "a").as_deref(), Some("2099"));
    let mut site = site;
    site.restart();
    assert_eq!(property(site.store(), "a").as_deref(), Some("2099"));
    assert_eq!(property(site.store(), "b").as_deref(), Some("b"));
    assert_eq!(count(), 2);
}

/// A line may be as long as the properties of a file.
#[test]
fn the_journal_is_rewritten_when_it_has_many_bytes_too_many() {
    if super::site::is_judged() {
        return; // it takes long
    }
    const MOST: u64 = 16 * 1024 * 1024;
    let site = Site::new();
    let journal = site.beside().join("journal");
    let length = || fs::metadata(&journal).unwrap().len();
    let mut writer = site.store().writer().unwrap();
    let long = "x".repeat(MAX_PROPERTIES - 2);
    let mut rewritten = 0;
    let mut before = 0;
    for _ in 0..600 {
        writer.make(patch("a", &long)).unwrap();
        assert!(length() < MOST + 4 * MAX_PROPERTIES as u64, "{}", length());
        rewritten += usize::from(length() < before);
        before = length();
    }
    assert_eq!(rewritten, 2);
}

#[test]
fn a_store_is_open_once() {
    let mut site = Site::with(&[("a", "a")]);
    let error = format!("{:#}", Store::open(&site.root).err().unwrap());
    assert!(error.contains("another program has it open"), "{error}");
    site.expect(204, "PUT /a", "", "b");
    site.stop();
    drop(Store::open(&site.root).unwrap());
    site.restart();
    site.expect(204, "PUT /a", "", "c");
}

#[test]
fn a_folder_is_made_and_one_beside_it_and_the_root_of_all_has_none() {
    let folder = TempDir::new().unwrap();
    let root = folder.path().join("new/files");
    let store = Store::open(&root).unwrap();
    assert_eq!(store.root, root.canonicalize().unwrap());
    assert!(folder.path().join("new/files.dav/spare").is_dir());
    assert!(Store::open(Path::new("/")).is_err());
    // By a link it is the same folder.
    if mock::symlink(&root, folder.path().join("link")).is_ok() {
        assert!(Store::open(&folder.path().join("link")).is_err());
        assert!(!folder.path().join("link.dav").exists());
        drop(store);
        assert_eq!(
            Store::open(&folder.path().join("link")).unwrap().root,
            root.canonicalize().unwrap()
        );
    }
    // A file is no folder.
    fs::write(folder.path().join("file"), "").unwrap();
    assert!(Store::open(&folder.path().join("file")).is_err());
}

#[cfg(unix)]
#[test]
fn two_file_systems_are_refused() {
    use std::os::unix::fs::MetadataExt;
    let folder = TempDir::new().unwrap();
    let Ok(other) = TempDir::new_in("/dev/shm") else { return };
    let device = |path: &Path| fs::metadata(path).unwrap().dev();
    if device(folder.path()) == device(other.path()) {
        return;
    }
    mock::symlink(other.path(), folder.path().join("files.dav")).unwrap();
    let error = Store::open(&folder.path().join("files")).err().unwrap().to_string();
    assert!(error.contains("are on two file systems"), "{error}");
}

#[test]
fn a_journal_with_a_line_that_says_nothing_is_an_error_that_names_it() {
    let left = Left::new(&[("a", "a"), ("+x", "x")]);
    let good = lines(&[Entry::Changed(patch("a", "a"))]);
    left.journal([&good[..], b"{\"Changed\":1}\n", &good].concat());
    let error = format!("{:#}", left.open().err().unwrap());
    assert!(error.contains("journal:2"), "{error}");
    // Nothing was touched.
    assert_eq!((left.site.tree().as_str(), left.site.spare().len()), ("a=a", 1));
}

#[test]
fn what_is_left_in_the_folder_beside_is_removed_at_the_start() {
    let left = Left::new(&[("a", "a"), ("+x", "x"), ("+y/z/f", "f"), ("+e/", "")]);
    fs::write(left.site.beside().join("journal.new"), "half a li").unwrap();
    let is_linked = mock::symlink(&left.site.root, left.site.beside().join("spare/link")).is_ok();
    assert_eq!(left.site.spare().iter().any(|line| line.contains('>')), is_linked);
    drop(left.open().unwrap());
    assert_eq!((left.site.tree().as_str(), left.site.spare().len()), ("a=a", 0));
    let mut names: Vec<_> = fs::read_dir(left.site.beside())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["journal", "journal.lock", "spare"]);
}

#[test]
fn what_is_known_of_files_outlives_the_program() {
    let mut site = Site::with(&[("a", "a"), ("d/b", "b")]);
    site.set("/a", "color", "red &amp; <b>blue</b>");
    site.set("/d", "color", "green");
    let exclusive = site.lock("/a", "Timeout: Second-100\r\n", EXCLUSIVE);
    let shared = site.lock("/d", "Depth: 0\r\n", super::site::SHARED);
    site.pass(10);
    let seen = |site: &Site| {
        ["/a", "/d"].map(|target| {
            let reply = site.expect(207, &format!("PROPFIND {target}"), "Depth: 0\r\n", "");
            reply.text().to_owned()
        })
    };
    let before = seen(&site);
    assert!(before[0].contains("<D:timeout>Second-90</D:timeout>"), "{}", before[0]);
    for _ in 0..2 {
        site.restart();
        assert_eq!(seen(&site), before);
    }
    assert!(site.is_locked("/a"));
    site.expect(423, "PUT /d/c", "", "");
    site.expect(204, "PUT /a", &shown(&exclusive), "");
    site.expect(204, "UNLOCK /d", &format!("Lock-Token: <{shared}>\r\n"), "");
    site.pass(90);
    assert!(!site.is_locked("/a"));
    site.restart();
    assert!(!site.is_locked("/a"));
    site.expect(201, "PUT /d/c", "", "");
}

#[test]
fn a_file_that_cannot_be_filled_is_not_there() {
    let site = Site::with(&[("d/", "")]);
    let outcome = site.store().write_spare(|out| {
        out.write_all(b"half")?;
        Err(HttpError(400).into())
    });
    assert!(outcome.is_err());
    assert_eq!(site.spare(), [""; 0]);
    let file = site.store().write_spare(|out| Ok(out.write_all(b"whole")?)).unwrap();
    assert_eq!(site.spare().len(), 1);
    // Its place has gone meanwhile.
    let place = Place::of(&site.root, "/d/a").unwrap();
    fs::remove_dir(site.path("d")).unwrap();
    assert!(site.store().writer().unwrap().put_file(file, &place).is_err());
    assert_eq!((site.tree().as_str(), site.spare().len()), ("", 0));
}
