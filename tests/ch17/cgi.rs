//! Applications that are programs, one for each request.

use super::requests::{ask, body, chunk, client, fields, get, get_with, last, last_post, live};
use super::requests::{post, redirect, reply, status, told_of};
use super::shell::{Pipes, SHORT, cgi, in_time, scripts};
use super::stacks::{stacked, stacks};
use ch17::{Application, Cgi, Environ, Mounts, careless_cgi, log, pieces_of};
use mock::{Ending, Seed, alone, assert_bytes, patience, symlink};
use std::env;
use std::fs::{self, Permissions};
use std::io::{self, Cursor, ErrorKind, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The head of an answer, for a shell.
const HEAD: &str = "printf 'Content-Type: text/plain\\n\\n'\n";

/// What a script answers that comes after a head.
#[track_caller]
fn says(script: &str, environ: &Environ, input: &[u8]) -> Vec<u8> {
    let cgi = cgi(&format!("{HEAD}{script}"));
    body(cgi.answer(environ, &mut Cursor::new(input)).unwrap())
}

fn head(environ: &mut Environ) -> &mut Environ {
    environ.set("REQUEST_METHOD", "HEAD");
    environ
}

// What a program is told

/// The lines of a script's environment but for those that a shell adds by itself.
fn environment(text: &[u8]) -> Vec<String> {
    let lines = std::str::from_utf8(text).unwrap().lines().map(str::to_owned);
    let of_shell = ["PWD=", "OLDPWD=", "SHLVL=", "_="];
    lines.filter(|line| !of_shell.iter().any(|name| line.starts_with(name))).collect()
}

/// The folder of the scripts that belong to the chapter.
fn chapters_scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts").canonicalize().unwrap()
}

#[test]
fn a_program_finds_these_variables_in_its_environment_and_no_others() {
    assert!(env::var_os("PATH").is_some(), "what it must not see");
    let request = "GET /cgi-bin/environment/a%20b?x=%20 HTTP/1.1\r\nHost: localhost:80\r\n\
        Accept: text/html\r\nACCEPT: */*\r\nCookie: a=1\r\nCookie: b=2\r\nProxy: http://x/\r\n\
        Authorization: Basic QTpC\r\nX_Under: 1\r\nContent-Encoding: gzip\r\n\
        Content-Type: text/x\r\nContent-Length: 0\r\n\r\n";
    let environ = told_of(request, Some("198.51.100.7:4711".parse().unwrap()));
    let folder = chapters_scripts();
    let site = Mounts::default().mount("/cgi-bin", Cgi::below(&folder).variable("OWN", "ours"));
    let folder = folder.display();
    let expected = [
        "CONTENT_TYPE=text/x",
        "GATEWAY_INTERFACE=CGI/1.1",
        "HTTP_ACCEPT=text/html, */*",
        "HTTP_CONTENT_ENCODING=gzip",
        "HTTP_COOKIE=a=1; b=2",
        "HTTP_HOST=localhost:80",
        "OWN=ours",
        "PATH_INFO=/a b",
        &format!("PATH_TRANSLATED={folder}/a b"),
        "QUERY_STRING=x=%20",
        "REDIRECT_STATUS=200",
        "REMOTE_ADDR=198.51.100.7",
        "REMOTE_PORT=4711",
        "REQUEST_METHOD=GET",
        "REQUEST_URI=/cgi-bin/environment/a%20b?x=%20",
        &format!("SCRIPT_FILENAME={folder}/environment"),
        "SCRIPT_NAME=/cgi-bin/environment",
        "SERVER_NAME=localhost",
        "SERVER_PORT=8017",
        "SERVER_PROTOCOL=HTTP/1.1",
        "SERVER_SOFTWARE=OwnHands/0.1",
    ];
    let response = ask(&site, &environ).unwrap();
    let lines = environment(&body(response));
    assert_eq!(lines, expected);
}

#[test]
fn values_are_bytes_and_no_shell_looks_at_them() {
    let mut environ = get("/");
    environ.set("HTTP_X", b"\xff $(echo no) '\"`\n".as_slice());
    assert_bytes!(says("printf '%s|' \"$HTTP_X\"", &environ, b""), b"\xff $(echo no) '\"`\n|");
}

#[test]
fn one_program_has_all_of_the_path() {
    let script = "printf '%s|%s|%s' \"$SCRIPT_NAME\" \"$PATH_INFO\" \"${SCRIPT_FILENAME-none}\"";
    let environ = get("/git/a/b?c").below("/git").unwrap();
    assert_bytes!(says(script, &environ, b""), "/git|/a/b|none");
}

#[test]
fn a_program_runs_where_its_files_are() {
    assert_bytes!(says("pwd", &get("/"), b""), format!("{}\n", scripts().display()));
    let (_folder, root) = folder();
    symlink(scripts().join("evaluate"), root.join("outside")).unwrap();
    fs::create_dir(root.join("sub")).unwrap();
    fs::write(root.join("sub/where"), format!("{HEAD}pwd")).unwrap();
    let interpreter = interpreter(&root);
    let response = ask(&interpreter, &get("/sub/where")).unwrap();
    assert_bytes!(body(response), format!("{}/sub\n", root.display()));
}

// The body

#[test]
fn a_body_is_the_standard_input_and_its_length_is_told() {
    let script = "printf '%s|' \"${CONTENT_LENGTH-none}\"; cat";
    assert_bytes!(says(script, &post("/"), b"the \0body\xff"), b"10|the \0body\xff");
    // However long the client said that it is, and if it said nothing.
    for fields in ["Content-Length: 9999", "Transfer-Encoding: chunked", "Accept: */*"] {
        assert_bytes!(says(script, &get_with("/", fields), b"abc"), "3|abc");
    }
    assert_bytes!(says(script, &get_with("/", "Content-Length: 0"), b""), "none|");
}

#[test]
fn a_body_in_chunks_is_taken_from_those_who_ask_first_too() {
    live(
        cgi(&format!("{HEAD}printf '%s|%s|' $CONTENT_LENGTH $HTTP_CONTENT_ENCODING; cat")),
        |live| {
            let request = "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\
            Expect: 100-continue\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n";
            let mut client = client(live, request);
            client.read_until("100 Continue\r\n\r\n");
            client.send("5\r\nab\r\nc\r\n1\r\nd\r\n0\r\n\r\n");
            let mut received = Vec::new();
            client.read_until("\r\n\r\n");
            while !received.ends_with(b"d") {
                received.extend(chunk(&mut client));
            }
            assert_bytes!(received, "6|gzip|ab\r\ncd");
        },
    );
}

#[test]
fn a_body_that_is_too_long_is_413_and_nothing_is_started() {
    let (_folder, root) = folder();
    let file = root.join("started");
    let mut cgi = cgi(&format!("trap '' TERM; {HEAD} : >'{}'", file.display()));
    cgi.max_body = 3;
    assert_eq!(status(cgi.answer(&post("/"), &mut Cursor::new("four"))), 413);
    assert!(!file.exists());
    body(cgi.answer(&post("/"), &mut Cursor::new("thr")).unwrap());
    assert!(file.exists(), "it would have been seen");
}

#[test]
fn a_body_that_breaks_off_starts_nothing() {
    live(cgi("exit 1"), |live| {
        let mut client =
            client(live, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc");
        client.finish();
        let (bytes, _) = client.read_to_end();
        assert!(bytes.starts_with(b"HTTP/1.1 400"), "{}", bytes.escape_ascii());
    });
}

#[test]
fn a_program_may_write_before_it_reads() {
    let content = Seed::new().bytes(3_000_000);
    let script = format!("{HEAD}head -c 3000000 /dev/zero; cat");
    let response = cgi(&script).answer(&post("/"), &mut Cursor::new(&content)).unwrap();
    let received = in_time(|| body(response));
    assert_eq!(received.len(), 6_000_000);
    assert!(received[3_000_000..] == content);
}

#[test]
fn a_program_need_not_read_a_large_body() {
    let content = vec![b'x'; 3_000_000];
    live(cgi(&format!("{HEAD}printf done")), |live| {
        assert_eq!(reply(live, last_post("/", &content)).text(), "done");
    });
}

// The answer

#[test]
fn an_answer_is_these_bytes() {
    let script = "printf 'Status: 418\\nContent-Type: text/plain\\nX-A: 1\\n\\nshort and stout'";
    live(cgi(script), |live| {
        let (bytes, ending) = client(live, last("/")).read_to_end();
        let text = String::from_utf8(bytes).unwrap();
        let lines = text.split_inclusive('\n').filter(|line| !line.starts_with("Date: "));
        assert_bytes!(
            lines.collect::<String>(),
            "HTTP/1.1 418 I'm a teapot\r\nServer: OwnHands/0.1\r\nContent-Type: text/plain\r\n\
             X-A: 1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n\
             f\r\nshort and stout\r\n0\r\n\r\n"
        );
        assert_eq!(ending, Ending::Closed);
    });
}

#[test]
fn output_is_any_bytes() {
    let content = Seed::new().bytes(300_000);
    assert!(says("cat", &post("/"), &content) == content);
}

#[test]
fn heads_may_end_their_lines_in_any_manner_and_places_are_the_clients_or_ours() {
    let answer = |head: &str| ask(&cgi(&format!("printf '{head}'")), &get("/"));
    for (head, status, place) in [
        ("Content-Type: a/b\\n\\n", 200, ""),
        ("Content-Type: a/b\\r\\n\\r\\n", 200, ""),
        ("Status: 404\\n\\n", 404, ""),
        ("Location: http://example.org/\\n\\n", 302, "http://example.org/"),
        ("Status: 201\\nLocation: /new\\nContent-Type: a/b\\n\\n", 201, "/new"),
    ] {
        let response = answer(head).unwrap();
        assert_eq!(response.status, status, "{head}");
        assert_eq!(fields(&response, "Location").concat(), place);
    }
    assert_eq!(redirect(answer("Location: /menu?a\\n\\n")), "/menu?a");
}

#[test]
fn a_local_redirect_is_answered_by_who_is_there() {
    let moved = cgi("printf 'Location: /here/it?is=1\\n\\n'");
    let here = cgi(&format!(
        "{HEAD}printf '%s %s %s %s' $REQUEST_METHOD $PATH_INFO $QUERY_STRING ${{CONTENT_LENGTH-0}}; cat"
    ));
    let site = Mounts::default().mount("/old", moved).mount("/here", here);
    live(site, |live| {
        assert_eq!(reply(live, last_post("/old", b"a body")).text(), "GET /it is=1 0");
    });
}

#[test]
fn where_no_body_is_sent_a_program_may_work_on() {
    for (method, line) in
        [("HEAD", "Content-Type: a/b"), ("GET", "Status: 204"), ("GET", "Location: /x")]
    {
        let pipes = Pipes::new();
        let script =
            format!("{}printf '{line}\\n\\n'; echo nobody gets this; echo done >&3", pipes.open());
        let mut environ = get("/");
        environ.set("REQUEST_METHOD", method);
        let outcome = ask(&cgi(&script), &environ);
        // Its end has been waited for, so that it needs no waiting here.
        match line.starts_with("Location") {
            true => assert_eq!(redirect(outcome), "/x"),
            false => assert_bytes!(body(outcome.unwrap()), ""),
        }
        pipes.wait_for_end();
        assert_eq!(pipes.told.list(), ["done", "END"]);
    }
}

#[test]
fn to_head_a_client_hears_the_head_alone() {
    live(cgi("printf 'Content-Type: a/b\\nContent-Length: 8\\nX-A: 1\\n\\nthe body'"), |live| {
        let reply = reply(live, "HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        assert_eq!(
            (reply.status, reply.header("X-A"), reply.header("Content-Type")),
            (200, Some("1"), Some("a/b"))
        );
    });
}

#[test]
fn a_body_has_the_length_that_its_head_names() {
    let output =
        |length| format!("printf 'Content-Type: a/b\\nContent-Length: {length}\\n\\nthe body'");
    for (length, end) in
        [(8, "8\r\nthe body\r\n0\r\n\r\n"), (3, "3\r\nthe\r\n0\r\n\r\n"), (9, "8\r\nthe body\r\n")]
    {
        live(cgi(&output(length)), |live| {
            let (bytes, _) = client(live, last("/")).read_to_end();
            let (_, body) = std::str::from_utf8(&bytes).unwrap().split_once("\r\n\r\n").unwrap();
            assert_eq!(body, end, "{length}");
        });
    }
}

// Streams

#[test]
fn a_piece_arrives_before_the_next_one_is_written_through_all_middleware() {
    for (name, stack) in stacks().into_iter().rev().take(2) {
        for is_zipped in [false, true] {
            let pipes = Pipes::new();
            let script =
                format!("{}{HEAD}printf first; {}printf second", pipes.open(), pipes.wait());
            live(stacked(cgi(&script), &stack), |live| {
                let request = match is_zipped {
                    true => last("/").replace("Host", "Accept-Encoding: gzip\r\nHost"),
                    false => last("/"),
                };
                let mut client = client(live, request);
                assert!(client.read_until("\r\n\r\n").starts_with(b"HTTP/1.1 200"), "{name}");
                let mut unzip = flate2::write::GzDecoder::new(Vec::new());
                let mut next = |expected: &str| {
                    let mut got = Vec::new();
                    while got.len() < expected.len() {
                        let piece = chunk(&mut client);
                        assert!(!piece.is_empty(), "{name}: it is at its end");
                        if is_zipped {
                            io::Write::write_all(&mut unzip, &piece).unwrap();
                            io::Write::flush(&mut unzip).unwrap();
                            got.append(unzip.get_mut());
                        } else {
                            got.extend(piece);
                        }
                    }
                    assert_bytes!(got, expected);
                };
                next("first");
                pipes.go();
                next("second");
                assert!(client.read_to_end().0.ends_with(b"0\r\n\r\n"));
            });
        }
    }
}

// Which program

/// A folder that is empty, by the path that it has when links are followed.
fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().canonicalize().unwrap();
    (folder, path)
}

fn interpreter(root: &Path) -> Cgi {
    let mut cgi = Cgi::interpreter(&scripts().join("interpreter"), root);
    cgi.silence = patience();
    cgi
}

#[test]
fn an_interpreter_runs_files_that_are_no_programs() {
    let (_folder, root) = folder();
    fs::write(root.join("page"), format!("{HEAD}echo $SCRIPT_NAME $PATH_INFO; cat")).unwrap();
    let response = interpreter(&root).answer(&post("/page/7"), &mut Cursor::new("body")).unwrap();
    assert_bytes!(body(response), "/page /7\nbody");
    assert_eq!(status(ask(&interpreter(&root), &get("/nothing"))), 404);
    // What lies elsewhere is not run by it either.
    symlink(chapters_scripts().join("teapot"), root.join("outside")).unwrap();
    assert_eq!(status(ask(&interpreter(&root), &get("/outside"))), 404);
}

#[test]
fn what_is_no_program_is_404_or_403() {
    let (_folder, root) = folder();
    fs::create_dir(root.join("shop")).unwrap();
    symlink(chapters_scripts().join("teapot"), root.join("outside")).unwrap();
    symlink(chapters_scripts(), root.join("others")).unwrap();
    for (name, mode) in [("text", 0o644), ("secret", 0o600)] {
        fs::write(root.join(name), "#!/bin/sh\n").unwrap();
        fs::set_permissions(root.join(name), Permissions::from_mode(mode)).unwrap();
    }
    let below = Cgi::below(&root);
    for (target, expected) in [
        ("/", 404),
        ("/nothing", 404),
        ("/shop", 404),
        ("/shop/", 404),
        ("/outside", 404),
        ("/others/teapot", 404),
        ("/text", 403),
        ("/text/more", 403),
        ("/secret", 403),
    ] {
        assert_eq!(status(ask(&below, &get(target))), expected, "{target}");
    }
    let below = Cgi::below(&chapters_scripts());
    for target in [
        "/../scripts/teapot",
        "/x/../teapot",
        "/.%2e/scripts/teapot",
        "/..%2fscripts/teapot",
        "/teapot/a%2fb",
        "/teapot/%00",
        "/teapot/..",
        "/%5cteapot",
    ] {
        assert_eq!(status(ask(&below, &get(target))), 404, "{target}");
    }
    assert_eq!(ask(&below, &get("/teapot")).unwrap().status, 418);
    let one = cgi(HEAD);
    for target in ["/a%2fb", "/..", "/%00"] {
        assert_eq!(status(ask(&one, &get(target))), 404, "{target}");
    }
}

#[test]
fn a_link_inside_of_the_folder_is_the_program_that_it_leads_to() {
    let (_folder, root) = folder();
    symlink(chapters_scripts(), root.join("alias")).unwrap();
    assert_eq!(ask(&Cgi::below(&root.join("alias")), &get("/teapot")).unwrap().status, 418);
}

#[test]
fn a_program_that_cannot_be_started_is_500() {
    live(Cgi::one(Path::new("/nowhere/at/all")), |live| {
        assert_eq!(reply(live, last("/")).status, 500);
    });
    let (_folder, root) = folder();
    for (name, text) in [("missing", "#!/nowhere/at/all\n"), ("garbage", "\x7f\x01\x02")] {
        fs::write(root.join(name), text).unwrap();
        fs::set_permissions(root.join(name), Permissions::from_mode(0o755)).unwrap();
    }
    live(Cgi::below(&root), |live| {
        for target in ["/missing", "/garbage"] {
            assert_eq!(reply(live, last(target)).status, 500, "{target}");
        }
    });
}

// What goes wrong

#[test]
fn a_program_without_a_head_is_500() {
    for script in [
        ":",
        "exit 3",
        "kill -9 $$",
        "printf 'Content-Type: a/b\\n'",
        "echo hello",
        "printf '\\n'",
        "printf '<html>\\n\\n'",
        "printf 'Status: fine\\n\\n'",
        "while :; do printf 'X: 1\\n'; done",
        "while :; do printf xxxxxxxxxxxxxxxxxxxxxxx; done",
    ] {
        let outcome = in_time(move || ask(&cgi(script), &get("/")).map(body));
        let error = outcome.expect_err(script);
        assert_eq!(error.downcast::<ch17::HttpError>().unwrap().0, 500, "{script}");
    }
}

#[test]
fn what_went_wrong_is_in_the_log() {
    let test = "what_went_wrong_is_in_the_log";
    let logged = alone(module_path!(), test, &[], || {
        for script in [
            "exit 3",
            "kill -9 $$",
            "echo hello; echo",
            "printf 'Location: /x\\nStatus: 200\\n'; echo sorry >&2",
            "printf 'Content-Type: a/b\\n\\n'; echo sorry >&2; exit 4",
        ] {
            log(format_args!("-- {script}"));
            let _ = ask(&cgi(script), &get("/")).map(body);
        }
        log("-- silent");
        let mut silent = cgi("sleep 1000");
        silent.silence = SHORT;
        assert_eq!(status(ask(&silent, &get("/"))), 504);
        log("-- flood");
        let line = "x".repeat(99);
        body(ask(&cgi(&format!("{HEAD}yes {line} | head -n 10000 >&2")), &get("/")).unwrap());
    });
    let Some(logged) = logged else { return };
    let of = |mark: &str| {
        let lines = logged.lines().skip_while(|line| *line != format!("-- {mark}")).skip(1);
        let lines = lines.take_while(|line| !line.starts_with("-- "));
        lines.filter_map(|line| line.strip_prefix("evaluate: ")).collect::<Vec<_>>()
    };
    assert_eq!(of("exit 3"), ["exit status: 3", "it ended before its head did"], "{logged}");
    assert_eq!(of("kill -9 $$"), ["signal: 9 (SIGKILL)", "it died of a signal"]);
    assert_eq!(of("echo hello; echo").last(), Some(&"not a field: hello"));
    let cut = of("printf 'Location: /x\\nStatus: 200\\n'; echo sorry >&2");
    assert_eq!(cut, ["sorry", "it ended before its head did"]);
    let failed = of("printf 'Content-Type: a/b\\n\\n'; echo sorry >&2; exit 4");
    assert_eq!(failed, ["sorry", "exit status: 4"]);
    let silent = of("silent").join("\n");
    assert!(silent.contains("timed out") && silent.contains("signal: 15"), "{silent}");
    let flood = of("flood");
    let of_lines = flood.iter().filter(|line| **line == "x".repeat(99)).count();
    assert_eq!(of_lines, ch17::MAX_COMPLAINTS / 100);
    assert!(flood.len() <= of_lines + 2, "{} lines", flood.len());
}

#[test]
fn a_program_that_says_nothing_is_504_and_is_ended_with_all_that_it_started() {
    let pipes = Pipes::new();
    let mut cgi = cgi(&format!("{} sleep 1000 & sleep 1000", pipes.open()));
    cgi.silence = SHORT;
    assert_eq!(status(ask(&cgi, &get("/"))), 504);
    pipes.wait_for_end();
}

#[test]
fn a_program_that_only_complains_is_504() {
    let pipes = Pipes::new();
    let mut cgi =
        cgi(&format!("{} while :; do echo I am thinking >&2; sleep 0.1; done", pipes.open()));
    cgi.silence = SHORT;
    let outcome = in_time(move || ask(&cgi, &get("/")).map(body));
    let error = outcome.expect_err("it says nothing");
    assert_eq!(error.downcast::<ch17::HttpError>().unwrap().0, 504);
    pipes.wait_for_end();
}

#[test]
fn a_program_that_falls_silent_behind_its_head_cuts_the_connection() {
    let pipes = Pipes::new();
    let mut cgi = cgi(&format!("{}{HEAD}printf some; sleep 1000 & sleep 1000", pipes.open()));
    cgi.silence = SHORT;
    live(cgi, |live| {
        let (bytes, _) = client(live, last("/")).read_to_end();
        let (_, body) = std::str::from_utf8(&bytes).unwrap().split_once("\r\n\r\n").unwrap();
        assert_eq!(body, "4\r\nsome\r\n", "no end that is right");
    });
    pipes.wait_for_end();
}

#[test]
fn a_program_that_falls_silent_where_nobody_listens_is_ended() {
    for (method, line) in [("HEAD", "Content-Type: a/b"), ("GET", "Status: 204")] {
        let pipes = Pipes::new();
        let mut cgi = cgi(&format!("{}printf '{line}\\n\\n'; sleep 1000", pipes.open()));
        cgi.silence = SHORT;
        let mut environ = get("/");
        environ.set("REQUEST_METHOD", method);
        assert!(in_time(move || ask(&cgi, &environ).is_ok()));
        pipes.wait_for_end();
    }
}

/// `head` is all that anybody asks for.
#[test]
fn a_program_that_writes_without_end_is_ended_where_nobody_listens() {
    let pipes = Pipes::new();
    let cgi = cgi(&format!("{}{HEAD}while :; do printf 'and so on and on\\n'; done", pipes.open()));
    let environ = head(&mut get("/")).clone();
    in_time(move || drop(ask(&cgi, &environ).unwrap()));
    pipes.wait_for_end();
}

#[test]
fn a_program_whose_client_is_gone_is_ended_with_all_that_it_started() {
    let pipes = Pipes::new();
    let script = format!(
        "{}{HEAD}(trap '' TERM; sleep 1000) & while :; do printf 'and so on and on\\n'; done",
        pipes.open()
    );
    live(cgi(&script), |live| {
        let mut client = client(live, last("/"));
        client.read_until("and so on");
        client.reset();
        pipes.wait_for_end();
    });
}

#[test]
fn who_wants_no_more_ends_the_program() {
    let pipes = Pipes::new();
    let cgi = cgi(&format!("{}{HEAD}printf some; sleep 1000 & wait", pipes.open()));
    let mut pieces = pieces_of(ask(&cgi, &get("/")).unwrap().body);
    assert_bytes!(pieces.next().unwrap().unwrap(), "some");
    drop(pieces);
    pipes.wait_for_end();
}

/// It holds the pipe that the answer comes from, so that nobody sees an end.
#[test]
fn a_grandchild_that_holds_the_pipe_is_ended_when_it_is_silent() {
    let pipes = Pipes::new();
    let mut cgi = cgi(&format!("{}{HEAD}printf all; sleep 1000 & exit", pipes.open()));
    cgi.silence = SHORT;
    let mut pieces = pieces_of(ask(&cgi, &get("/")).unwrap().body);
    assert_bytes!(pieces.next().unwrap().unwrap(), "all");
    assert_eq!(pieces.next().unwrap().unwrap_err().kind(), ErrorKind::TimedOut);
    drop(pieces);
    pipes.wait_for_end();
}

#[test]
fn nobody_else_is_disturbed_by_a_program_that_never_ends() {
    let pipes = Pipes::new();
    let forever = cgi(&format!("{}{HEAD}echo up >&3; {}", pipes.open(), pipes.wait()));
    let site =
        Mounts::default().mount("/forever", forever).mount("/", cgi(&format!("{HEAD}printf fine")));
    live(site, |live| {
        let waiting = client(live, last("/forever"));
        pipes.told.wait_for("up");
        assert_eq!(reply(live, last("/")).text(), "fine");
        pipes.go();
        drop(waiting);
    });
}

// So many at once

#[test]
fn so_many_run_at_once_and_the_next_is_503() {
    let pipes = Pipes::new();
    let cgi = cgi(&format!("{HEAD}printf '%s' $$; {}", pipes.wait())).at_once(2);
    let ask = || ask(&cgi, &get("/"));
    let (first, second) = (ask().unwrap(), ask().unwrap());
    assert_eq!(status(ask()), 503);
    assert_eq!(status(cgi.answer(&post("/"), &mut Cursor::new("a body"))), 503);
    // Who does not want the rest gives a place back.
    drop(first);
    let third = ask().unwrap();
    assert_eq!(status(ask()), 503);
    drop((second, third));
    // And so does one that has been read to its end.
    let fourth = ask().unwrap();
    pipes.go();
    body(fourth);
    drop((ask().unwrap(), ask().unwrap()));
}

#[test]
fn who_went_wrong_takes_no_place() {
    let cgi = cgi("exit 1").at_once(1);
    for _ in 0..3 {
        assert_eq!(status(ask(&cgi, &get("/"))), 500);
    }
}

#[test]
fn a_client_that_is_slow_to_send_its_body_takes_no_place() {
    /// Asks for something else while it is read.
    struct Slow<'a>(&'a Cgi, usize);
    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            body(ask(self.0, &get("/")).unwrap());
            self.1 += 1;
            buffer[0] = b'x';
            Ok((self.1 < 4).into())
        }
    }
    let cgi = cgi(&format!("{HEAD}cat")).at_once(1);
    let response = cgi.answer(&post("/"), &mut Slow(&cgi, 0)).unwrap();
    assert_bytes!(body(response), "xxx");
}

// The scripts of the chapter

#[test]
fn the_scripts_of_the_chapter_do_what_they_say() {
    let mut cgi = Cgi::below(&chapters_scripts()).variable("PATH", env::var_os("PATH").unwrap());
    cgi.silence = patience();
    let response = cgi.answer(&post("/upload"), &mut Cursor::new(vec![b'x'; 12_345])).unwrap();
    assert_bytes!(body(response), "12345\n");
    let response = ask(&cgi, &get("/teapot")).unwrap();
    assert_eq!(response.status, 418);
    assert_bytes!(body(response), "short and stout\n");
    let mut pieces = pieces_of(ask(&cgi, &get("/forever")).unwrap().body);
    assert_bytes!(pieces.next().unwrap().unwrap(), "and so on\n");
    in_time(move || drop(pieces));
}

// A dozen lines

#[test]
fn the_careless_one_works_as_long_as_everybody_means_well() {
    let careless = careless_cgi(&chapters_scripts().join("upload"));
    let response = careless.answer(&post("/"), &mut Cursor::new("the body")).unwrap();
    assert_eq!(
        (response.status, fields(&response, "Content-Type").concat()),
        (200, "text/plain".into())
    );
    assert_bytes!(body(response), "8\n");
    let careless = careless_cgi(&chapters_scripts().join("teapot"));
    let response = ask(&careless, &get("/")).unwrap();
    assert_eq!(response.status, 418);
    assert_bytes!(body(response), "short and stout\n");
}
