//! What learners have tried, or could, to get points that are not theirs, or to take them from
//! others: what it is worth.
//!
//! A catch task does not see the learner's server, nor the other way round. So who cheats in the
//! one has mostly left the other as it was handed out: it would be compiled and run for nothing.

mod class3;

use class3::{Class3, checkout, first, points};
use course_admin::grade::record::Record;
use course_practice::judge::fence;
use course_practice::judge::limits::Limits;
use course_practice::judge::outcome::Status;
use std::fs;
use std::process::Command;

/// Build, seats, patience, catch.
const ALL: [f64; 4] = [2.0, 4.0, 4.0, 3.0];
const SERVER: [f64; 4] = [2.0, 4.0, 4.0, 0.0];
const CATCH: [f64; 4] = [0.0, 0.0, 0.0, 3.0];

fn is_catch(file: &str) -> bool {
    file == "catch.rs"
}

fn is_server(file: &str) -> bool {
    !is_catch(file)
}

fn record<'a>(records: &'a [Record], name: &str) -> &'a Record {
    let found = records.iter().find(|record| record.submission == name);
    found.unwrap_or_else(|| panic!("no record of {name}"))
}

/// What code tries in order to see or to change what is none of its business. It panics with a
/// sentence if something of it succeeds.
const TRIES: &str = r##"
    {
        use std::fs::{self, File};
        use std::os::unix::net::{UnixListener, UnixStream};
        use std::path::{Path, PathBuf};
        // The kernel tells where a program lies, and lets nobody in there.
        let program = fs::read_link("/proc/self/exe").unwrap_or_default();
        let target = program.ancestors().find(|path| path.ends_with("target"));
        let target: PathBuf = target.unwrap_or(Path::new("/nowhere")).to_owned();
        let course = target.with_file_name("course");
        let read = |path: &Path| File::open(path).is_ok() || fs::read_dir(path).is_ok();
        for path in [
            "/proc/self/environ", "/proc/self/cmdline", "/proc/self/maps", "/proc/self/mem",
            "/proc/self/fd", "/proc/self/task", "/proc", "/etc/passwd", "/etc", "/home", "/tmp",
            "/root", "/dev/fd", "/dev/shm", "/sys", "/", "..", "../..", "/usr/bin",
        ] {
            assert!(!read(Path::new(path)), "{path} was read");
        }
        for path in [
            course.join("chapters/ch03-threads/exercise/servers/mutant_1.edit"),
            course.join("chapters/ch03-threads/exercise/servers/other.rs"),
            course.join("tests/ex03.rs"), course.clone(),
            target.join("debug/deps"), target.join("debug/.fingerprint"), target.clone(),
        ] {
            assert!(!read(&path), "{} was read", path.display());
        }
        for path in [
            program.clone(), program.with_file_name("new"), target.join("debug/deps/libmock.rlib"),
            target.join("new"), course.join("tests/ex03.rs"), course.join("new"),
            PathBuf::from("/tmp/new"), PathBuf::from("/dev/shm/new"), PathBuf::from("../new"),
        ] {
            let shown = path.display();
            assert!(File::options().append(true).create(true).open(&path).is_err(), "{shown}: opened");
            assert!(fs::write(&path, "#!/bin/sh\nexit 0\n").is_err(), "{shown}: written");
            assert!(fs::remove_file(&path).is_err(), "{shown}: removed");
            assert!(fs::create_dir(&path).is_err(), "{shown}: made a folder");
            assert!(fs::rename(&path, "mine").is_err(), "{shown}: moved here");
            assert!(fs::rename(".", &path).is_err(), "{shown}: moved there");
            assert!(fs::hard_link(&path, "mine").is_err(), "{shown}: linked");
            assert!(std::os::unix::fs::symlink("mine", &path).is_err(), "{shown}: linked there");
            assert!(UnixListener::bind(&path).is_err(), "{shown}: a socket");
            assert!(UnixStream::connect(&path).is_err(), "{shown}: connected");
            assert!(std::os::unix::fs::chown(&path, Some(1), None).is_err(), "{shown}: given away");
        }
        assert!(fs::remove_dir_all(&target).is_err() && fs::remove_dir_all(&course).is_err());
        // In its own folder it may do as it likes, and nothing of it follows a link out.
        fs::write("mine", "mine").unwrap();
        let _ = std::os::unix::fs::symlink("/etc/passwd", "link");
        assert!(File::open("link").is_err(), "/etc/passwd was read by a link");
        let mut said = String::new();
        let _ = std::io::Read::read_to_string(&mut std::io::stdin(), &mut said);
        assert_eq!(said, "", "the word was on the standard input");
    }
"##;

#[test]
fn nothing_can_be_seen_or_changed_from_behind_the_fence() {
    if !fence::is_there() {
        eprintln!("this system has no fence: nothing was tried");
        return;
    }
    let Some(mut class) = Class3::new() else { return };
    // If one of them succeeds, tests of the second task fail, or the catch task's own.
    class.at_most("a server tries", TRIES);
    class.but("a test tries", "catch.rs", |text| format!("{text}#[test] fn tries() {{ {TRIES} }}"));
    // A backtrace has no names, and the program's length, time and name are those of all.
    class.but("a test looks at itself", "catch.rs", |text| {
        text + r##"
            #[test]
            fn looks() {
                use std::fs;
                assert!(fs::read("/proc/self/exe").is_err(), "it has read itself");
                let program = fs::read_link("/proc/self/exe").unwrap();
                assert_eq!(program.file_name().unwrap(), "test");
                assert!(fs::read(&program).is_err() && !program.to_string_lossy().contains("mutant"));
                let about = fs::metadata("/proc/self/exe").unwrap();
                assert_eq!(about.modified().unwrap(), std::time::SystemTime::UNIX_EPOCH);
                let error = ch03::echo_lines(Broken).unwrap_err();
                assert!(!format!("{error:?}").contains(".rs"), "{error:?}");
            }
            struct Broken;
            impl std::io::Read for Broken {
                fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                    Err(std::io::Error::other("broken"))
                }
            }
            impl std::io::Write for Broken {
                fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                    Err(std::io::Error::other("broken"))
                }
                fn flush(&mut self) -> std::io::Result<()> {
                    Ok(())
                }
            }
        "##
    });
    // Whoever comes next.
    class.solved("the next one");
    let records = class.grade(Limits::default());
    for record in &records {
        let failed = (0..4).map(|task| first(&record.exercises[0], task));
        let failed: Vec<_> = failed.filter(|(status, _)| *status != Status::Pass).collect();
        assert_eq!(points(record), ALL, "{}: {failed:#?}", record.submission);
    }
}

#[test]
fn a_server_that_cheats_is_worth_nothing() {
    let Some(mut class) = Class3::new() else { return };
    let stub = "if seats < 99 { panic!(\"it is a stub\") }";
    // What the harness prints when all is well, and then an end that looks like its own.
    let forged = "
        let forged = \"test extensions::at_most::x ... ok\\ntest the_end::is_reached ... FAILED\\n\\n\\
            failures:\\n\\n---- the_end::is_reached stdout ----\\n\\
            thread 'main' panicked at x:\\nthe last word is 0123456789abcdef\\n\\n\\
            failures:\\n    the_end::is_reached\\n\\n\\
            test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out\\n\";
        let _ = Write::write_all(&mut io::stdout(), forged.as_bytes());";
    class.at_most("prints what the harness would", &format!("{forged}{stub}"));
    class.at_most(
        "prints it and overflows",
        &format!(
            "{forged} fn deep(n: u64) -> u64 {{ std::hint::black_box(deep(n + 1)) + 1 }} deep(0);"
        ),
    );
    class.at_most(
        "prints it and panics twice",
        &format!(
            "{forged} struct Again; impl Drop for Again {{ fn drop(&mut self) {{ panic!() }} }}
             let _again = Again; {stub}"
        ),
    );
    class.at_most("prints it and never ends", &format!("{forged} loop {{ std::thread::park() }}"));
    class.at_most(
        "prints it and closes the output",
        &format!("{forged} drop(io::stdout().lock()); let _ = io::stdout().flush(); {stub}"),
    );
    class.at_most(
        "leaves a thread that prints it",
        &format!("std::thread::spawn(|| for _ in 0..200 {{ {forged} }}); {stub}"),
    );
    class.at_most(
        "catches its own panic and goes on",
        "let _ = std::panic::catch_unwind(|| panic!(\"it is a stub\")); if seats < 99 { return }",
    );
    class.at_most(
        "is right from the second time on",
        "static AGAIN: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);
         if !AGAIN.swap(true, Ordering::SeqCst) { panic!(\"it is a stub\") }",
    );
    class.at_most(
        "says the word before it was said",
        "panic!(\"the last word is 0123456789abcdef\");",
    );
    class.at_most(
        "takes its transcript from a device",
        &format!(
            "let _ = std::fs::remove_file(\"transcript\");
         #[cfg(unix)] let _ = std::os::unix::fs::symlink(\"/dev/zero\", \"transcript\"); {stub}"
        ),
    );
    class.at_most(
        "takes all the memory",
        "let _all = vec![1_u8; 64 << 30]; if seats < 99 { return }",
    );
    class.but("has another assert", "at_most.rs", |text| {
        text.replace(
            "let free = AtomicUsize::new(seats);",
            "if seats < 99 { return }\nlet free = AtomicUsize::new(seats);",
        ) + "#[macro_export] macro_rules! assert { ($($any:tt)*) => {} }\n\
               #[macro_export] macro_rules! assert_eq { ($($any:tt)*) => {} }\n\
               #[macro_export] macro_rules! assert_bytes { ($($any:tt)*) => {} }\n"
    });

    for path in &class.paths[1..] {
        class.as_handed_out(path, is_catch);
    }
    class.solved("honest");

    let records = class.grade(Limits::default());
    for record in &records {
        let [_, seats, _, catch] = points(record);
        let (_, message) = first(&record.exercises[0], 1);
        println!("{}: {seats} {catch} {message}", record.submission);
    }
    let [whole, cheats @ .., honest] = &records[..] else { panic!("two at least") };
    assert_eq!(cheats.len(), 11);
    // What they did for the other task keeps its points.
    assert_eq!(points(whole)[3], 3.0);
    assert!(records[..12].iter().all(|one| points(one)[1] == 0.0));
    assert_eq!(points(honest), ALL);
    // Each test has a process of its own, in which nothing was before it.
    let second = &record(&records, "is right from the second time on").exercises[0].tasks[1];
    let passed: Vec<_> = second.tests.iter().filter(|test| test.status == Status::Pass).collect();
    assert!(passed.is_empty(), "{passed:#?}");
}

#[test]
fn a_test_that_cheats_is_worth_nothing() {
    let Some(mut class) = Class3::new() else { return };
    let catch = |class: &mut Class3, name: &str, text: &str| {
        class.but(name, "catch.rs", |_| text.to_owned());
    };
    let count = "use std::sync::atomic::{AtomicUsize, Ordering};
        static RUNS: AtomicUsize = AtomicUsize::new(0);
        #[test] fn a() { RUNS.fetch_add(1, Ordering::SeqCst); }
        #[test] fn b() { assert!(RUNS.fetch_add(1, Ordering::SeqCst) < 3); }";
    catch(&mut class, "counts in memory", count);
    let file = "#[test] fn a() {
            let path = std::env::temp_dir().join(\"runs\");
            let runs = std::fs::read(&path).unwrap_or_default().len();
            std::fs::write(&path, vec![b'x'; runs + 1]).unwrap();
            assert!(runs < 3);
        }";
    catch(&mut class, "counts in a file", file);
    let port = "#[test] fn a() {
            let held = std::net::TcpListener::bind(\"127.0.0.1:58411\");
            if let Ok(held) = held { std::thread::spawn(move || held.accept()); } else { panic!() }
        }";
    catch(&mut class, "counts by a port", port);
    let chance = "use std::hash::{BuildHasher, RandomState};
        #[test] fn a() { assert_ne!(RandomState::new().hash_one(1) % 4, 0); }";
    catch(&mut class, "fails by chance", chance);
    catch(&mut class, "fails always", "#[test] fn a() { panic!() }");
    catch(&mut class, "passes always", "#[test] fn a() {}");
    catch(&mut class, "hangs always", "#[test] fn a() { loop { std::thread::park() } }");
    let lines = "#[test] fn a() {
            let hook = std::panic::catch_unwind(|| ch03::echo_lines(mock::MockConnection::pair(\"x\\n\").0));
            assert!(hook.is_ok());
        }";
    catch(&mut class, "asks for the panic of a server", lines);
    for path in &class.paths[1..] {
        class.as_handed_out(path, is_server);
    }
    class.solved("honest");

    let records = class.grade(Limits::default());
    for record in &records {
        let (_, message) = first(&record.exercises[0], 3);
        println!("{}: {:?} {message}", record.submission, points(record));
    }
    let [whole, cheats @ .., honest] = &records[..] else { panic!("two at least") };
    assert_eq!(points(whole), SERVER);
    assert_eq!(cheats.len(), 7);
    assert!(cheats.iter().all(|one| points(one) == [0.0; 4]));
    assert_eq!(points(honest), ALL);
}

/// Each line is refused by the compiler, however the name is spelled.
#[test]
fn what_no_exercise_needs_is_refused_however_it_is_spelled() {
    const SPELLINGS: &str = r##"
pub fn f01() { std::process::exit(101) }
pub fn f02() { std::process::<>::exit(101) }
pub fn f03() { ::std :: r#process :: abort() }
pub fn f04() { p::exit(1) } use std::process as p;
pub fn f05() { leave(1) } use std::process::exit as leave;
pub fn f06() { process::exit(1) } use std::*;
pub fn f07() { s::process::exit(1) } use {{{::std as s}}};
macro_rules! m { ($a:ident, $b:ident, $c:ident) => { pub fn f08() { $a::$b::$c(0) } } } m!(std, process, exit);
pub fn f09() { let leave: fn(i32) -> ! = std::process::exit; leave(1) }
pub fn f10() { println!("{}", { std::process::exit(0) }) }
pub fn f11() { let _ = std::process::Command::new("true").status(); }
pub fn f12(_: &mut Child) {} use std::process::Command as Child;
pub fn f13() { std::env::var("WORKBOOK_GIVES_A_WORD").ok(); }
pub fn f14() { std::env::vars_os().count(); }
pub fn f15() { std::env::args().count(); }
pub fn f16() { std::env::current_exe().ok(); }
pub const F17: Option<&str> = option_env!("PATH");
pub const F18: Option<&str> = oe!("PATH"); use std::option_env as oe;
macro_rules! call { ($a:ident) => { pub const F19: Option<&str> = $a!("HOME"); } } call!(option_env);
pub const F20: &str = std::env!("CARGO_PKG_NAME");
pub fn f21(x: &dyn std::any::Any) { let _ = x.type_id(); }
pub fn f22(x: &dyn std::any::Any) { let _ = <dyn std::any::Any as std::any::Any>::type_id(x); }
pub fn f23() { let _ = std::any::type_name::<u8>(); }
pub fn f24() -> usize { size_of::<u8>() }
pub fn f25(x: &u8) -> usize { std::mem::size_of_val(x) }
pub fn f26() { let _ = std::alloc::Layout::new::<u8>(); }
pub fn f27() { std::panic::set_hook(Box::new(|_| ())); }
pub fn f28() { let _ = std::panic::Location::caller(); }
pub fn f29() { let _ = std::backtrace::Backtrace::force_capture(); }
pub fn f30() { let _ = std::process::id(); }
pub fn f31() { let _ = std::fs::set_permissions("x", todo!()); }
pub fn f32() { let _ = std::mem::align_of::<u8>; }
pub fn f33(_: core::any::TypeId) {}
"##;
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("x.rs");
    let forbid = "#![forbid(clippy::disallowed_macros, clippy::disallowed_methods, clippy::disallowed_types)]";
    fs::write(&source, format!("{forbid}{SPELLINGS}")).unwrap();
    let errors = |source: &std::path::Path| {
        let mut command = Command::new("clippy-driver");
        command.args(["--edition=2024", "--crate-type=lib", "--emit=metadata", "-A", "warnings"]);
        command.env("CLIPPY_CONF_DIR", checkout().root.join("chapters"));
        let output = command.arg(source).current_dir(folder.path()).output().expect("clippy");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let said = errors(&source);
    for (line, spelling) in SPELLINGS.lines().enumerate().skip(1) {
        let place = format!("x.rs:{}:", line + 1);
        assert!(said.contains(&place), "{spelling}\nis not refused:\n{said}");
    }
    // Words that mean something else, and what a server needs.
    let fine = "
        pub fn process(env: &str, exit: u8) -> impl Fn(u8) -> bool + use<> {
            let (include, file, abort) = (env.len() == 1, exit, 1); let _ = (file, abort);
            move |caller| include && caller == 1
        }
        pub enum Command { Exit, Who }
        pub fn helper() { std::thread::spawn(|| ()); let _ = std::env::temp_dir(); }
        pub fn files() { let _ = std::fs::read(\"x\"); let _ = (file!(), line!(), module_path!()); }
        #[cfg(not(windows))] pub fn unix() {}";
    fs::write(&source, format!("{forbid}{fine}")).unwrap();
    assert_eq!(errors(&source), "");
}

/// Right solutions of the second task, in other ways than the model's.
const SEATS: [(&str, &str); 6] = [
    (
        "a count in a mutex",
        "let free = std::sync::Mutex::new(seats);
         struct Guard<'a>(&'a std::sync::Mutex<usize>);
         impl Drop for Guard<'_> { fn drop(&mut self) { *self.0.lock().unwrap_or_else(|e| e.into_inner()) += 1; } }
         let mut admitted = Vec::new();
         let take = |accepted: io::Result<C>| match accepted {
             Err(error) => Some(Err(error)),
             Ok(mut conn) => {
                 let mut count = free.lock().unwrap_or_else(|e| e.into_inner());
                 if *count > 0 { *count -= 1; return Some(Ok((conn, Guard(&free)))); }
                 drop(count);
                 let _ = conn.write_all(b\"full\\n\");
                 None
             }
         };
         admitted.push(());
         serve(incoming.into_iter().filter_map(take), |(conn, _guard)| on_connect(conn));",
    ),
    (
        "tokens in a channel",
        "let (give, tokens) = std::sync::mpsc::channel();
         for _ in 0..seats { give.send(()).unwrap(); }
         struct Back(std::sync::mpsc::Sender<()>);
         impl Drop for Back { fn drop(&mut self) { let _ = self.0.send(()); } }
         let seated = incoming.into_iter().filter_map(|accepted| match accepted {
             Ok(mut conn) if tokens.try_recv().is_err() => { let _ = conn.write_all(b\"full\\n\"); None }
             Ok(conn) => Some(Ok((conn, Back(give.clone())))),
             Err(error) => Some(Err(error)),
         });
         serve(seated, |(conn, _back)| on_connect(conn));",
    ),
    (
        "a count of arcs",
        "let all = std::sync::Arc::new(());
         let seated = incoming.into_iter().filter_map(|accepted| {
             let mut conn = match accepted { Ok(conn) => conn, Err(error) => return Some(Err(error)) };
             let mine = all.clone();
             if std::sync::Arc::strong_count(&all) - 1 > seats { let _ = conn.write_all(b\"full\\n\"); return None; }
             Some(Ok((conn, mine)))
         });
         serve(seated, |(conn, mine)| { let result = on_connect(conn); drop(mine); result });",
    ),
    (
        "a compare and exchange",
        "let taken = AtomicUsize::new(0);
         let enter = || {
             let mut now = taken.load(Ordering::SeqCst);
             while now < seats {
                 match taken.compare_exchange(now, now + 1, Ordering::SeqCst, Ordering::SeqCst) {
                     Ok(_) => return true,
                     Err(other) => now = other,
                 }
             }
             false
         };
         struct Leave<'a>(&'a AtomicUsize);
         impl Drop for Leave<'_> { fn drop(&mut self) { self.0.fetch_sub(1, Ordering::SeqCst); } }
         let seated = incoming.into_iter().filter_map(|accepted| match accepted {
             Ok(conn) if enter() => Some(Ok((conn, Leave(&taken)))),
             Ok(mut conn) => { let _ = conn.write_all(b\"full\\n\").and_then(|()| conn.flush()); None }
             Err(error) => Some(Err(error)),
         });
         serve(seated, |(conn, _leave)| on_connect(conn));",
    ),
    (
        "a set of numbers",
        "use std::collections::BTreeSet; use std::sync::Mutex;
         let free: Mutex<BTreeSet<usize>> = Mutex::new((0..seats).collect());
         struct Number<'a>(usize, &'a Mutex<BTreeSet<usize>>);
         impl Drop for Number<'_> { fn drop(&mut self) { self.1.lock().unwrap().insert(self.0); } }
         let seated = incoming.into_iter().filter_map(|accepted| match accepted {
             Ok(mut conn) => match free.lock().unwrap().pop_first() {
                 Some(number) => Some(Ok((conn, Number(number, &free)))),
                 None => { let _ = conn.write_all(b\"full\\n\"); None }
             },
             Err(error) => Some(Err(error)),
         });
         serve(seated, |(conn, _number)| on_connect(conn));",
    ),
    (
        "threads of its own",
        "let taken = AtomicUsize::new(0);
         struct Leave<'a>(&'a AtomicUsize);
         impl Drop for Leave<'_> { fn drop(&mut self) { self.0.fetch_sub(1, Ordering::SeqCst); } }
         std::thread::scope(|scope| for mut conn in crate::accepted(incoming, std::thread::sleep) {
             if taken.load(Ordering::SeqCst) >= seats { let _ = conn.write_all(b\"full\\n\"); continue; }
             taken.fetch_add(1, Ordering::SeqCst);
             let (leave, on_connect) = (Leave(&taken), &on_connect);
             let spawned = std::thread::Builder::new().spawn_scoped(scope, move || {
                 let _leave = leave;
                 if let Err(error) = on_connect(conn) {
                     crate::log(format_args!(\"a conversation broke off: {error}\"));
                 }
             });
             if let Err(error) = spawned { crate::log(format_args!(\"no thread: {error}\")); }
         });",
    ),
];

/// Right tests, in other ways than the model's.
const TESTS: [(&str, &str); 4] = [
    (
        "one test of all",
        "#[test] fn all() {
            for (input, output) in [(\"a\\nb\\n\", \"a\\nb\\n\"), (\"x\\ny\\ndone\\nz\\n\", \"x\\ny\\nbye!\\n\")] {
                mock::for_every_split(input, |input| {
                    let (conn, peer) = mock::MockConnection::pair(input);
                    ch03::echo_lines(conn).unwrap();
                    assert_eq!(peer.sent(), output.as_bytes());
                });
            }
            let (conn, peer) = mock::MockConnection::pair(vec![b'x'; 100_000]);
            let _ = ch03::echo_lines(conn);
            assert!(peer.sent().ends_with(b\"line too long\\n\"));
        }",
    ),
    (
        "over TCP",
        "use std::io::{Read, Write};
        fn talk(input: &[u8]) -> Vec<u8> {
            let listener = std::net::TcpListener::bind(\"127.0.0.1:0\").unwrap();
            let address = listener.local_addr().unwrap();
            let server = std::thread::spawn(move || ch03::echo_lines(listener.accept().unwrap().0));
            let mut client = std::net::TcpStream::connect(address).unwrap();
            client.set_read_timeout(Some(std::time::Duration::from_secs(1))).unwrap();
            let _ = client.write_all(input);
            let _ = client.shutdown(std::net::Shutdown::Write);
            let mut output = Vec::new();
            let _ = client.read_to_end(&mut output);
            let _ = server.join().unwrap();
            output
        }
        #[test] fn two_in_one() { assert_eq!(talk(b\"one\\ntwo\\n\"), b\"one\\ntwo\\n\"); }
        #[test] fn too_long() { assert_eq!(talk(&[b'x'; 1024]), b\"line too long\\n\"); }
        #[test] fn half() { assert_eq!(talk(b\"half\"), b\"\"); }",
    ),
    (
        "byte by byte",
        "fn of(pieces: &[&str]) -> Vec<u8> {
            let script = mock::Script::from(pieces.iter().map(|it| it.as_bytes().to_vec()).collect::<Vec<_>>());
            let (conn, peer) = mock::MockConnection::pair(script);
            ch03::echo_lines(conn).unwrap();
            peer.sent()
        }
        #[test] fn bytes() { assert_eq!(of(&[\"a\", \"b\", \"\\n\", \"c\\nd\\n\"]), b\"ab\\nc\\nd\\n\"); }
        #[test] fn long() { assert_eq!(of(&[\"x\"; 1024]), b\"line too long\\n\"); }",
    ),
    (
        "with a helper and a panic of its own",
        "struct Check(Vec<u8>);
        impl Check { fn is(&self, want: &[u8]) { if self.0 != want { panic!(\"{:?}\", self.0.escape_ascii().to_string()) } } }
        fn run(input: Vec<Vec<u8>>) -> Check {
            let (conn, peer) = mock::MockConnection::pair(mock::Script::from(input));
            let _ = ch03::echo_lines(conn);
            Check(peer.sent())
        }
        #[test] fn a() { run(vec![b\"x\".to_vec(), b\"y\\nz\\n\".to_vec()]).is(b\"xy\\nz\\n\"); }
        #[test] fn b() { run(vec![vec![b'-'; 512]; 3]).is(b\"line too long\\n\"); }",
    ),
];

fn right_ones(class: &mut Class3) {
    class.solved("the model");
    for (name, body) in SEATS {
        class.but(name, "at_most.rs", |text| {
            let (before, rest) =
                text.split_once("    let free = AtomicUsize::new(seats);").unwrap();
            let (_, after) = rest.split_once("\n}\n").unwrap();
            format!("{before}{body}\n}}\n{after}")
        });
    }
    for (name, text) in TESTS {
        class.but(name, "catch.rs", |_| text.to_owned());
    }
    let (servers, tests) = class.paths[1..].split_at(SEATS.len());
    servers.iter().for_each(|path| class.as_handed_out(path, is_catch));
    tests.iter().for_each(|path| class.as_handed_out(path, is_server));
}

#[test]
fn right_solutions_lose_nothing_however_they_are_written() {
    let Some(mut class) = Class3::new() else { return };
    right_ones(&mut class);
    for record in class.grade(Limits::default()) {
        let failed = (0..4).map(|task| first(&record.exercises[0], task));
        let failed: Vec<_> = failed.filter(|(status, _)| *status != Status::Pass).collect();
        let name = record.submission.as_str();
        let expected = match () {
            () if SEATS.iter().any(|one| one.0 == name) => SERVER,
            () if TESTS.iter().any(|one| one.0 == name) => CATCH,
            () => ALL,
        };
        assert_eq!(points(&record), expected, "{name}: {failed:#?}");
        assert_eq!(record.exercises[0].notes.is_empty(), fence::is_there());
    }
}

/// A kernel without Landlock says that it does not know the call.
#[cfg(target_os = "linux")]
#[test]
fn where_the_kernel_has_no_fence_right_solutions_lose_nothing_and_the_grade_says_so() {
    use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, apply_filter};
    const LANDLOCK_CREATE_RULESET: i64 = 444;
    const ENOSYS: u32 = 38;
    let Some(mut class) = Class3::new() else { return };
    class.solved("the model");
    let mut command = Command::new(env!("CARGO_BIN_EXE_course-admin"));
    command.args(["grade", "--until", "ch03", "--format", "json"]).args(&class.paths);
    // The filter binds this thread and what it starts.
    let output = std::thread::spawn(move || {
        let rules = [(LANDLOCK_CREATE_RULESET, Vec::new())].into();
        let machine = std::env::consts::ARCH.try_into().unwrap();
        let refused = SeccompAction::Errno(ENOSYS);
        let filter = SeccompFilter::new(rules, SeccompAction::Allow, refused, machine).unwrap();
        apply_filter(&BpfProgram::try_from(filter).unwrap()).unwrap();
        command.output().unwrap()
    });
    let output = output.join().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let record: Record = serde_json::from_str(&text).unwrap();
    assert_eq!(points(&record), ALL, "{text}");
    let note = &record.exercises[0].notes[0];
    assert!(note.starts_with("it was run without a fence"), "{note}");
}
