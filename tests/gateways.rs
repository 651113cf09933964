//! Chapter 17 with programs of others at the other end: git, php-cgi, php-fpm, CGI.pm, cgit and
//! fcgiwrap behind our server, and our application behind Apache, nginx and Python's server.
//!
//! A program that is not installed is named, and its test passes.
#![cfg(unix)]

pub mod peers;
mod table;

use ch17::{Address, Cgi, FastCgi, Mounts, hello, run_script};
use course_tests::binaries::{Ended, Running, Server, binary};
use mock::{Reply, Seed, TcpClient, assert_bytes, named_pipe};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use peers::{
    Ours, PhpFpm, apache, ask, fcgiwrap, find, folder, get, install, nginx, put, python, request,
    script, start_on_socket,
};
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

// git

/// Runs git in `folder`, with nothing of whoever runs the tests.
fn git(folder: &Path, arguments: &[&str]) -> Ended {
    let mut command = Command::new("git");
    command.args(arguments).current_dir(folder).env("HOME", folder).env("LC_ALL", "C.UTF-8");
    command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_TERMINAL_PROMPT", "0");
    command.env_remove("http_proxy").env("no_proxy", "127.0.0.1");
    // What it sends is among its errors.
    command.env("GIT_TRACE_CURL", "1").env("GIT_TRACE_CURL_NO_DATA", "1");
    for (name, value) in [("NAME", "a"), ("EMAIL", "a@localhost")] {
        command.env(format!("GIT_AUTHOR_{name}"), value);
        command.env(format!("GIT_COMMITTER_{name}"), value);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Running::start(command).wait()
}

#[track_caller]
fn git_well(folder: &Path, arguments: &[&str]) -> Ended {
    let ended = git(folder, arguments);
    assert_eq!(ended.code, 0, "{arguments:?}: {}", ended.errors);
    ended
}

/// Commits one file in the repository `folder`.
fn commit(folder: &Path, name: &str, content: &[u8]) {
    fs::write(folder.join(name), content).unwrap();
    git_well(folder, &["add", name]);
    git_well(folder, &["commit", "-q", "-m", name]);
}

/// The commit that is checked out, or a branch's.
fn commit_of(folder: &Path, name: &str) -> Vec<u8> {
    git_well(folder, &["rev-parse", name]).output
}

/// A bare repository `site/one.git` and a clone `work` of it that has one commit more.
fn repositories(folder: &Path, url: &str) {
    let (site, work) = (folder.join("site"), folder.join("work"));
    fs::create_dir_all(&site).unwrap();
    git_well(&site, &["init", "-q", "--bare", "-b", "main", "one.git"]);
    git_well(folder, &["clone", "-q", "site/one.git", "work"]);
    commit(&work, "first", b"one\n");
    git_well(&work, &["push", "-q", "origin", "main"]);
    git_well(&work, &["remote", "set-url", "origin", url]);
    commit(&work, "second", b"two\n");
}

#[test]
fn git_clones_and_pushes_little_and_much() {
    if find("git").is_none() {
        return;
    }
    let folder = folder();
    let folder = folder.path();
    fs::create_dir(folder.join("site")).unwrap();
    let site = folder.join("site");
    let server = Server::start("git-server", &["--push", "--directory", site.to_str().unwrap()]);
    let url = format!("http://{}/one.git", server.address);
    repositories(folder, &url);
    let (bare, work) = (site.join("one.git"), folder.join("work"));

    git_well(&work, &["push", "-q", "origin", "main"]);
    assert_bytes!(commit_of(&bare, "main"), commit_of(&work, "main"));

    // More than a megabyte, which git sends in chunks.
    let much = Seed::new().bytes(3_000_000);
    commit(&work, "much", &much);
    // A long list of what it wants, which git sends compressed.
    for number in 0..40 {
        commit(&work, "numbers", format!("{number}\n").as_bytes());
        git_well(&work, &["branch", &format!("branch-{number}")]);
    }
    let pushed = git_well(&work, &["push", "-q", "--all", "origin"]);
    assert!(pushed.errors.contains("Transfer-Encoding: chunked"), "{}", pushed.errors);
    assert_bytes!(commit_of(&bare, "branch-7"), commit_of(&work, "branch-7"));

    // Two at once.
    let clones = thread::scope(|scope| {
        let clones = ["a", "b"].map(|name| {
            let url = &url;
            scope.spawn(move || git_well(folder, &["clone", "-q", url, name]))
        });
        clones.map(|clone| clone.join().unwrap())
    });
    for (name, clone) in ["a", "b"].iter().zip(clones) {
        assert!(clone.errors.contains("Content-Encoding: gzip"), "{}", clone.errors);
        let copy = folder.join(name);
        assert_bytes!(fs::read(copy.join("much")).unwrap(), much);
        assert_bytes!(commit_of(&copy, "HEAD"), commit_of(&work, "HEAD"));
        assert_bytes!(commit_of(&copy, "origin/branch-7"), commit_of(&work, "branch-7"));
        git_well(&copy, &["fsck", "--strict"]);
    }
}

#[test]
fn git_may_not_push_where_nobody_was_allowed_to() {
    let Some(git_program) = find("git") else { return };
    let folder = folder();
    let folder = folder.path();
    let parts = Command::new(git_program).arg("--exec-path").output().unwrap().stdout;
    let parts = String::from_utf8(parts).unwrap();
    let backend = Path::new(parts.trim_end()).join("git-http-backend");
    let site = folder.join("site");
    let application = Cgi::one(&backend)
        .variable("GIT_PROJECT_ROOT", &site)
        .variable("GIT_HTTP_EXPORT_ALL", "1")
        .variable("PATH", std::env::var_os("PATH").unwrap());
    let server = Ours::serve(application);
    repositories(folder, &format!("http://{}/one.git", server.address));
    let before = commit_of(&site.join("one.git"), "main");

    let refused = git(&folder.join("work"), &["push", "-q", "origin", "main"]);
    assert_eq!(refused.code, 128, "{}", refused.errors);
    assert!(refused.errors.contains("The requested URL returned error: 403"), "{}", refused.errors);
    assert_bytes!(commit_of(&site.join("one.git"), "main"), before);

    let cloned = folder.join("cloned");
    git_well(folder, &["clone", "-q", &format!("http://{}/one.git", server.address), "cloned"]);
    assert_bytes!(commit_of(&cloned, "HEAD"), before);
    // The program's own words, with its status.
    assert_eq!(get(server.address, "/two.git/info/refs").status, 404);
}

// PHP

/// A form with a field and a file.
fn upload(content: &[u8]) -> (&'static str, Vec<u8>) {
    let mut body =
        b"--cut\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nAnn\r\n--cut\r\n\
        Content-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n\
        Content-Type: application/octet-stream\r\n\r\n"
            .to_vec();
    body.extend(content);
    body.extend(b"\r\n--cut--\r\n");
    ("Content-Type: multipart/form-data; boundary=cut\r\n", body)
}

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

/// Scripts in PHP, of which each shows something else.
fn put_php(folder: &Path) {
    let file = |name: &str, text: &str| put(&folder.join(name), format!("<?php {text}"));
    file("form.php", "echo $_POST['name'], '|', $_GET['x'], '|', $_SERVER['PATH_INFO'];");
    file(
        "upload.php",
        "$file = $_FILES['file']; header('X-Name: ' . $file['name']); readfile($file['tmp_name']);",
    );
    file("big.php", "for ($i = 0; $i < 6000; $i++) echo str_repeat(chr(97 + $i % 26), 1000);");
    file("fault.php", "error_log('no soup today'); http_response_code(418); echo 'x'; exit(3);");
    file("id.php", "usleep(5000); echo $_GET['n'];");
    // Says something, and then waits until somebody opens the pipe, which nobody does.
    file("waits.php", "echo 'begun'; flush(); fopen(__DIR__ . '/pipe', 'r');");
    file(
        "silent.php",
        "fwrite(fopen('php://stderr', 'w'), \"silent\\n\"); fopen(__DIR__ . '/pipe', 'r');",
    );
    named_pipe(folder.join("pipe")).unwrap();
}

/// What PHP must do, whoever asks it.
fn php_answers(address: SocketAddr) {
    let form = ask(address, request("POST", "/form.php/a%20b/c?x=1", FORM, "name=Ann+Lee"));
    assert_bytes!(form.text(), "Ann Lee|1|/a b/c");
    // In chunks: PHP wants a length, and is given one.
    let chunked = format!("{FORM}Transfer-Encoding: chunked\r\n");
    let chunks = "4\r\nname\r\n4\r\n=Bob\r\n0\r\n\r\n";
    let mut pieces = request("POST", "/form.php?x=2", &chunked, "");
    pieces.extend(chunks.as_bytes());
    assert_bytes!(ask(address, pieces).text(), "Bob|2|");

    let content = Seed::new().bytes(1_500_000);
    let (fields, body) = upload(&content);
    let uploaded = ask(address, request("POST", "/upload.php", fields, body));
    assert_eq!(uploaded.header("X-Name"), Some("a.bin"));
    assert_bytes!(uploaded.body, content);

    let big = get(address, "/big.php");
    let expected = (0..6000).flat_map(|i| [97 + (i % 26) as u8; 1000]).collect::<Vec<_>>();
    assert_bytes!(big.body, expected);
    assert_eq!(get(address, "/none.php").status, 404);
}

#[test]
fn php_cgi_answers_as_a_cgi_program() {
    let Some(php) = find("php-cgi") else { return };
    let folder = folder();
    put_php(folder.path());
    let server = Ours::serve(Cgi::interpreter(&php, folder.path()));
    php_answers(server.address);
    assert_bytes!(get(server.address, "/fault.php").text(), "x");
    assert_eq!(get(server.address, "/fault.php").status, 418);
}

#[test]
fn php_cgi_answers_on_a_socket_that_we_gave_it() {
    let Some(php) = find("php-cgi") else { return };
    let folder = folder();
    put_php(folder.path());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = Address::Tcp(listener.local_addr().unwrap().to_string());
    let mut command = Command::new(php);
    command.env("PHP_FCGI_CHILDREN", "2");
    let _php = start_on_socket(command, listener);
    let server = Ours::serve(FastCgi::below(folder.path(), address).keep(2));
    php_answers(server.address);
}

#[test]
fn php_server_starts_php_cgi_and_logs_what_it_complains_about() {
    if find("php-cgi").is_none() {
        return;
    }
    let folder = folder();
    put_php(folder.path());
    put(&folder.path().join("a.txt"), "just a file\n");
    let server = Server::start("php-server", &["--directory", folder.path().to_str().unwrap()]);
    let address = server.address.parse().unwrap();
    let server = PhpServer(Some(server));
    php_answers(address);
    assert_bytes!(get(address, "/a.txt").text(), "just a file\n");
    let fault = get(address, "/fault.php");
    assert_eq!((fault.status, fault.text()), (418, "x"));
    assert!(logs(server.0.as_ref().unwrap(), "/fault.php: no soup today"));
}

/// `php-server`, which is told to end, and ends php-cgi: were it killed, nobody would.
struct PhpServer(Option<Server>);

impl Drop for PhpServer {
    fn drop(&mut self) {
        let running = self.0.take().unwrap().running;
        kill(Pid::from_raw(running.id() as i32), Signal::SIGTERM).unwrap();
        let ended = running.wait();
        assert!(ended.code == 0 || thread::panicking(), "{ended:?}");
    }
}

/// Whether the server's log comes to a line that ends in `end`.
fn logs(server: &Server, end: &str) -> bool {
    std::iter::from_fn(|| Some(server.running.error_line())).any(|line| line.ends_with(end))
}

/// A script whose first line names php-cgi; its exit code is logged, too.
#[test]
fn a_script_may_name_php_cgi_as_its_interpreter() {
    let Some(php) = find("php-cgi") else { return };
    let folder = folder();
    let text = "<?php error_log('no soup today'); echo $_POST['name']; exit(3);";
    script(&folder.path().join("fault"), &format!("#!{}\n{text}", php.display()));
    let server = Server::start("ch17", &["--scripts", folder.path().to_str().unwrap()]);
    let form = request("POST", "/cgi-bin/fault", FORM, "name=Ann");
    assert_bytes!(ask(server.address.parse().unwrap(), form).text(), "Ann");
    assert!(logs(&server, "fault: no soup today"));
    assert!(logs(&server, "fault: exit status: 3"));
}

/// Our server with the scripts of `folder`, asked of php-fpm there.
fn ask_php_fpm(folder: &Path) -> Ours {
    Ours::serve(FastCgi::below(folder, Address::Unix(folder.join("fpm"))).keep(4))
}

#[test]
fn four_processes_of_php_fpm_answer_forty_at_once() {
    let folder = folder();
    put_php(folder.path());
    let Some(_fpm) = PhpFpm::start(folder.path()) else { return };
    let server = ask_php_fpm(folder.path());
    php_answers(server.address);
    thread::scope(|scope| {
        let ask = |number: usize| get(server.address, &format!("/id.php?n={number}"));
        let all: Vec<_> = (0..40).map(|number| scope.spawn(move || ask(number))).collect();
        for (number, one) in all.into_iter().enumerate() {
            assert_bytes!(one.join().unwrap().text(), number.to_string());
        }
    });
}

/// It ends the connections that were kept, at a moment that nobody can know.
#[test]
fn php_fpm_starts_anew_between_requests_on_kept_connections() {
    let folder = folder();
    put_php(folder.path());
    let Some(mut fpm) = PhpFpm::start(folder.path()) else { return };
    let server = ask_php_fpm(folder.path());
    let form = |number: usize| {
        let form = request("POST", &format!("/form.php?x={number}"), FORM, "name=Ann");
        assert_bytes!(ask(server.address, form).text(), format!("Ann|{number}|"));
    };
    form(0);
    for number in 1..4 {
        fpm.reload();
        form(number);
    }
    // Ended altogether, and started by somebody.
    drop(fpm);
    assert_eq!(get(server.address, "/id.php?n=1").status, 502);
    fs::remove_file(folder.path().join("fpm")).unwrap();
    fpm = PhpFpm::start(folder.path()).unwrap();
    form(9);
    drop(fpm);
}

#[test]
fn php_fpm_ends_while_it_answers() {
    let folder = folder();
    put_php(folder.path());
    let Some(fpm) = PhpFpm::start(folder.path()) else { return };
    let server = ask_php_fpm(folder.path());
    let mut begun = TcpClient::connect(server.address);
    begun.send(request("GET", "/waits.php", "", ""));
    begun.read_until("5\r\nbegun\r\n");
    let mut silent = TcpClient::connect(server.address);
    silent.send(request("GET", "/silent.php", "", ""));
    while !fpm.line().contains("silent") {}
    drop(fpm);
    // No last chunk: the client sees that this is not all.
    let (rest, _) = begun.read_to_end();
    assert_bytes!(rest, b"");
    let answer = Reply::parse(silent.read_to_end().0);
    assert_eq!(answer.status, 502);
}

// Perl

#[test]
fn a_form_of_cgi_pm_is_understood() {
    let has_module = Command::new("perl").args(["-MCGI", "-e", "1"]).stderr(Stdio::null()).status();
    if !has_module.is_ok_and(|status| status.success()) {
        eprintln!("CGI.pm is not installed: nothing is tested with it");
        return;
    }
    let folder = folder();
    let perl = find("perl").unwrap();
    let text = r#"use CGI; my $q = CGI->new; my $file = $q->upload('file');
        print $q->header(-type => 'text/plain', -status => '201 Made', -cookie => 'a=1');
        print join('|', $q->request_method, $q->path_info, $q->param('name') // '-', $q->url(-path_info => 1));
        if ($file) { binmode STDOUT; local $/; print '|', <$file>; }"#;
    script(&folder.path().join("form.pl"), &format!("#!{}\n{text}\n", perl.display()));
    let server = Ours::serve(Mounts::default().mount("/cgi-bin", Cgi::below(folder.path())));
    let url = "http://a.example/cgi-bin/form.pl/x/y";

    let posted = ask(server.address, request("POST", "/cgi-bin/form.pl/x/y", FORM, "name=Ann+Lee"));
    assert_eq!((posted.status, posted.header("Set-Cookie")), (201, Some("a=1")));
    assert_bytes!(posted.text(), format!("POST|/x/y|Ann Lee|{url}"));
    let asked = get(server.address, "/cgi-bin/form.pl/x/y?name=Bob");
    assert_bytes!(asked.text(), format!("GET|/x/y|Bob|{url}"));

    let content = Seed::new().bytes(500_000);
    let (fields, body) = upload(&content);
    let uploaded = ask(server.address, request("POST", "/cgi-bin/form.pl/x/y", fields, body));
    let mut expected = format!("POST|/x/y|Ann|{url}|").into_bytes();
    expected.extend(content);
    assert_bytes!(uploaded.body, expected);
}

// fcgiwrap

/// What a script in shell must be told.
fn a_shell_script_answers(address: SocketAddr) {
    let told =
        ask(address, request("POST", "/cgi-bin/shell/a%20b?x", "X-A: 1\r\nX-A: 2\r\n", "hello"));
    assert_eq!((told.status, told.reason.as_str()), (418, "I'm a teapot"));
    assert_bytes!(told.text(), "/cgi-bin/shell|/a b|x|1, 2|5|hello");
    assert_eq!(get(address, "/cgi-bin/none").status, 404);
}

fn put_shell(folder: &Path) {
    script(
        &folder.join("shell"),
        "#!/bin/sh\nprintf 'Status: 418\\nContent-Type: text/plain\\n\\n'\n\
         printf %s \"$SCRIPT_NAME|$PATH_INFO|$QUERY_STRING|$HTTP_X_A|$CONTENT_LENGTH|\"\ncat\n",
    );
}

fn fcgi_below(folder: &Path, socket: &str) -> Ours {
    let application = FastCgi::below(folder, Address::Unix(folder.join(socket)));
    Ours::serve(Mounts::default().mount("/cgi-bin", application))
}

#[test]
fn fcgiwrap_runs_a_shell_script_for_us() {
    let folder = folder();
    put_shell(folder.path());
    let Some(_fcgiwrap) = fcgiwrap(&folder.path().join("socket")) else { return };
    let server = fcgi_below(folder.path(), "socket");
    a_shell_script_answers(server.address);
    // More than one record, both ways, on the connection that was kept. The script reads all before
    // it writes: fcgiwrap 1.1.0 does not read while it sends.
    script(
        &folder.path().join("echo"),
        "#!/bin/sh\nprintf 'Content-Type: x/y\\n\\n'\n\
         cat >\"$0.$$\"\ncat \"$0.$$\"\nrm \"$0.$$\"\n",
    );
    let content = Seed::new().bytes(1_000_000);
    for _ in 0..3 {
        let echoed = ask(server.address, request("POST", "/cgi-bin/echo", "", &content));
        assert_bytes!(echoed.body, content);
    }
    // A value whose length does not fit into a byte.
    let long = format!("X-Long: {}\r\n", "x".repeat(12_000));
    let text = "#!/bin/sh\nprintf 'Content-Type: x/y\\n\\n'\nprintf %s $HTTP_X_LONG\n";
    script(&folder.path().join("long"), text);
    let told = ask(server.address, request("GET", "/cgi-bin/long", &long, ""));
    assert_bytes!(told.text(), "x".repeat(12_000));
}

/// A process that is not our child.
struct Spawned(i32);

impl Drop for Spawned {
    fn drop(&mut self) {
        let _ = kill(Pid::from_raw(self.0), Signal::SIGKILL);
    }
}

#[test]
fn what_spawn_fcgi_has_started_answers_us() {
    let (Some(spawn), Some(fcgiwrap)) = (find("spawn-fcgi"), find("fcgiwrap")) else { return };
    let folder = folder();
    put_shell(folder.path());
    // It ends when the other one runs and has the socket.
    let mut command = Command::new(spawn);
    command.current_dir(folder.path()).args(["-s", "socket", "-P", "pid", "--"]).arg(fcgiwrap);
    let spawned = command.stdin(Stdio::null()).stdout(Stdio::null()).status().unwrap();
    assert!(spawned.success());
    let pid = fs::read_to_string(folder.path().join("pid")).unwrap();
    let _spawned = Spawned(pid.trim().parse().unwrap());
    a_shell_script_answers(fcgi_below(folder.path(), "socket").address);
}

// cgit

#[test]
fn cgit_shows_a_repository() {
    let (Some(cgit), Some(_)) = (find("cgit.cgi"), find("git")) else { return };
    let folder = folder();
    repositories(folder.path(), "");
    let settings = format!("virtual-root=/\nscan-path={}\n", folder.path().join("site").display());
    put(&folder.path().join("cgitrc"), settings);
    let application = Cgi::one(&cgit).variable("CGIT_CONFIG", folder.path().join("cgitrc"));
    let server = Ours::serve(application);
    let list = get(server.address, "/");
    assert_eq!((list.status, list.header("Content-Type")), (200, Some("text/html; charset=UTF-8")));
    assert!(list.text().contains("<a href='/one.git/'>one.git</a>"), "{}", list.text());
    let page = get(server.address, "/one.git/tree/");
    assert!(page.text().contains("href='/one.git/tree/first'"), "{}", page.text());
    assert_bytes!(get(server.address, "/one.git/plain/first").text(), "one\n");
    assert_eq!(get(server.address, "/one.git/plain/none").status, 404);
    // It is a server for git, too.
    let url = format!("http://{}/one.git", server.address);
    git_well(folder.path(), &["clone", "-q", &url, "copy"]);
    assert_bytes!(fs::read(folder.path().join("copy/first")).unwrap(), b"one\n");
}

// Our application under servers of others

fn put_hello(folder: &Path) {
    install(binary("hello-script"), &folder.join("cgi-bin/hello"));
}

fn hello_answers(address: SocketAddr) {
    let page = get(address, "/cgi-bin/hello?name=Ann+Lee");
    assert_eq!((page.status, page.header("Content-Type")), (200, Some("text/html; charset=utf-8")));
    assert!(page.text().contains("<h1>Hello, Ann Lee!</h1>"), "{}", page.text());
    let page = ask(address, request("POST", "/cgi-bin/hello", "", "whatever this is"));
    assert!(page.text().contains("<h1>Hello, stranger!</h1>"), "{}", page.text());
}

/// Apache's mod_cgid cuts off the answer of a script that leaves some of the body, by a reset of
/// the socket that is its standard input and output.
#[test]
fn our_application_as_a_script_leaves_nothing_of_the_body() {
    let (mut input, mut output) = (&b"hello, and what follows"[..], Vec::new());
    let length = ("CONTENT_LENGTH".to_owned(), b"5".to_vec());
    run_script(&hello, [length], &mut input, &mut output).unwrap();
    assert_bytes!(input, b", and what follows");
    assert!(output.starts_with(b"Status: 200 OK\r\n"));
}

#[test]
fn our_application_answers_under_apache() {
    for module in ["cgid", "cgi"] {
        let folder = folder();
        put_hello(folder.path());
        let Some(apache) = apache(module, folder.path()) else { continue };
        hello_answers(apache.address);
    }
}

#[test]
fn our_application_answers_under_fcgiwrap_behind_nginx() {
    let folder = folder();
    put_hello(folder.path());
    let socket = folder.path().join("socket");
    let Some(_fcgiwrap) = fcgiwrap(&socket) else { return };
    let Some((_nginx, address)) = nginx(folder.path(), &socket) else { return };
    hello_answers(address);
}

/// It writes a head of its own before the script's, and takes no status from it.
#[test]
fn our_application_answers_under_http_server_of_python() {
    let folder = folder();
    put_hello(folder.path());
    let Some(python) = python(folder.path()) else { return };
    hello_answers(python.address);
}
