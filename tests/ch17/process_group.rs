//! Programs with all that they start.

use super::shell::{Pipes, in_time, shell};
use ch17::{GRACE, ProcessGroup, hello, stop_at_ctrl_c};
use ch17::{HttpServer, gateway};
use mock::{TcpClient, alone, assert_bytes, full_name};
use rustix::process::{Pid, Signal, getpgid, getpid, kill_process};
use std::env;
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// A deadline that nobody waits for.
fn far() -> Instant {
    Instant::now() + Duration::from_secs(1000)
}

/// Tells of each signal, as does a program that it has started, and ends with none of them.
fn listens(pipes: &Pipes) -> String {
    let rest = "while :; do sleep 1000 & wait; done";
    format!(
        "{} (trap 'echo child told >&3' TERM; echo child >&3; {rest}) &
        trap 'echo told >&3' TERM; echo $$ >&3; {rest}",
        pipes.open()
    )
}

#[test]
fn a_program_has_a_group_of_its_own() {
    let pipes = Pipes::new();
    let script = format!("{} echo up >&3; echo pid $$ >&3; sleep 1000", pipes.open());
    let group = ProcessGroup::start(&mut shell(&script)).unwrap();
    pipes.told.wait_for("up");
    let pid = loop {
        let told = pipes.told.list();
        match told.iter().find_map(|line| line.strip_prefix("pid ")) {
            Some(pid) => break Pid::from_raw(pid.parse().unwrap()).unwrap(),
            None => thread::yield_now(),
        }
    };
    let groups = [getpgid(Some(pid)), getpgid(None)];
    // Were it in ours, the group could not end it.
    kill_process(pid, Signal::KILL).unwrap();
    drop(group);
    assert_eq!(groups[0], Ok(pid));
    assert_ne!(groups[1], Ok(pid));
    pipes.wait_for_end();
}

#[test]
fn a_program_that_is_not_there_is_an_error() {
    assert!(ProcessGroup::start(&mut Command::new("/nowhere/at/all")).is_err());
}

#[test]
fn everybody_in_the_group_has_the_signal() {
    let pipes = Pipes::new();
    let group = ProcessGroup::start(&mut shell(&listens(&pipes))).unwrap();
    pipes.told.wait_for("child");
    while pipes.told.list().len() < 2 {
        thread::yield_now();
    }
    group.signal(Signal::TERM);
    pipes.told.wait_for("told");
    pipes.told.wait_for("child told");
    group.signal(Signal::KILL);
    pipes.wait_for_end();
    // Nobody is left; that is no error.
    group.signal(Signal::TERM);
}

#[test]
fn the_leader_may_end_by_itself() {
    let pipes = Pipes::new();
    let mut group =
        ProcessGroup::start(&mut shell(&format!("{} sleep 0.05; exit 7", pipes.wait()))).unwrap();
    pipes.go();
    let status = in_time(move || group.end(far()).unwrap());
    assert_eq!(status.code(), Some(7));
}

#[test]
fn who_is_left_when_the_leader_has_ended_is_ended() {
    let pipes = Pipes::new();
    let script =
        format!("{} (trap '' TERM; echo up >&3; sleep 1000) & {}", pipes.open(), pipes.wait());
    let mut group = ProcessGroup::start(&mut shell(&script)).unwrap();
    pipes.told.wait_for("up");
    pipes.go();
    let status = in_time(move || group.end(far()).unwrap());
    assert!(status.success());
    pipes.wait_for_end();
}

#[test]
fn a_leader_that_does_not_end_until_the_deadline_is_ended() {
    let pipes = Pipes::new();
    let script = format!("{} echo up >&3; sleep 1000 & wait", pipes.open());
    let mut group = ProcessGroup::start(&mut shell(&script)).unwrap();
    pipes.told.wait_for("up");
    let status = in_time(move || group.end(Instant::now()).unwrap());
    assert_eq!(status.signal(), Some(Signal::KILL.as_raw()));
    pipes.wait_for_end();
}

#[test]
fn who_is_dropped_is_told_and_has_some_time() {
    let pipes = Pipes::new();
    let script = format!(
        "{} trap 'sleep 0.05; echo told >&3; exit' TERM; echo up >&3; sleep 1000 & wait",
        pipes.open()
    );
    let group = ProcessGroup::start(&mut shell(&script)).unwrap();
    pipes.told.wait_for("up");
    drop(group);
    pipes.wait_for_end();
    assert_eq!(pipes.told.list(), ["up", "told", "END"]);
}

#[test]
fn who_is_dropped_and_does_not_listen_is_ended() {
    let pipes = Pipes::new();
    let script = format!("{} trap '' TERM; echo up >&3; sleep 1000", pipes.open());
    let group = ProcessGroup::start(&mut shell(&script)).unwrap();
    pipes.told.wait_for("up");
    let since = Instant::now();
    in_time(move || drop(group));
    assert!(since.elapsed() >= GRACE, "{:?}", since.elapsed());
    pipes.wait_for_end();
}

#[test]
fn all_groups_that_run_have_the_signal() {
    let test = "all_groups_that_run_have_the_signal";
    let _log = alone(module_path!(), test, &[], || {
        let (first, second, third) = (Pipes::new(), Pipes::new(), Pipes::new());
        let start = |pipes: &Pipes| {
            let script = format!("{} echo up >&3; sleep 1000", pipes.open());
            let group = ProcessGroup::start(&mut shell(&script)).unwrap();
            pipes.told.wait_for("up");
            group
        };
        let mut ended = start(&first);
        ended.end(Instant::now()).unwrap();
        let _groups = [start(&second), start(&third)];
        ProcessGroup::signal_all(Signal::TERM);
        second.wait_for_end();
        third.wait_for_end();
    });
}

// An application server

#[test]
fn an_application_server_finds_its_listener_as_its_standard_input() {
    const MARK: &str = "CH17_APPLICATION_SERVER";
    if env::var_os(MARK).is_some() {
        let listener = std::io::stdin().as_fd().try_clone_to_owned().unwrap();
        let (mut conn, _) = TcpListener::from(listener).accept().unwrap();
        conn.write_all(b"hello").unwrap();
        return;
    }
    let test = "an_application_server_finds_its_listener_as_its_standard_input";
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", &full_name(module_path!(), test), "--nocapture"]).env(MARK, "1");
    command.stdout(Stdio::null());
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    // Before it has begun.
    let mut client = TcpClient::connect(listener.local_addr().unwrap());
    let _group = ProcessGroup::start_with_listener(&mut command, listener).unwrap();
    assert_bytes!(client.read_to_end().0, "hello");
}

// The end of all

/// A server that serves until Ctrl-C, in a thread; and where.
fn server(stop_time: Duration, script: &str) -> (thread::JoinHandle<()>, std::net::SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let mut server = HttpServer::default();
    server.limits.stop_time = stop_time;
    let (cgi, greet) = (gateway(address, super::shell::cgi(script)), gateway(address, hello));
    server.register_reading(
        |request| request.path == "/cgi",
        move |request, body| cgi(request, body),
    );
    server.register_reading(|_| true, move |request, body| greet(request, body));
    stop_at_ctrl_c(&server, address).unwrap();
    let server = Arc::new(server);
    let serving = thread::spawn(move || server.serve(server.stop.accept_from(listener)));
    (serving, address)
}

const REQUEST: &str = "GET /cgi HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

#[test]
fn at_ctrl_c_those_who_are_served_may_finish() {
    let test = "at_ctrl_c_those_who_are_served_may_finish";
    let log = alone(module_path!(), test, &[], || {
        let pipes = Pipes::new();
        let script = format!(
            "{} printf 'Content-Type: a/b\\n\\nup'; {} echo done",
            pipes.open(),
            pipes.wait()
        );
        let (serving, address) = server(Duration::from_secs(100), &script);
        let mut client = TcpClient::connect(address);
        client.send(REQUEST);
        client.read_until("up\r\n");
        kill_process(getpid(), Signal::INT).unwrap();
        // It listens no more, and still serves.
        while TcpClient::try_connect(address).is_ok() {}
        pipes.go();
        assert_bytes!(client.read_to_end().0, "5\r\ndone\n\r\n0\r\n\r\n");
        in_time(move || serving.join().unwrap());
    });
    let Some(log) = log else { return };
    assert_eq!(log.lines().filter(|line| line.starts_with("stopping: ")).count(), 1, "{log}");
}

#[test]
fn at_ctrl_c_programs_that_take_too_long_are_told_to_end() {
    let test = "at_ctrl_c_programs_that_take_too_long_are_told_to_end";
    let _log = alone(module_path!(), test, &[], || {
        let pipes = Pipes::new();
        let script = format!(
            "{} trap 'echo told >&3; exit' TERM; printf 'Content-Type: a/b\\n\\nup'
            sleep 1000 & wait",
            pipes.open()
        );
        let (serving, address) = server(Duration::from_millis(100), &script);
        let mut client = TcpClient::connect(address);
        client.send(REQUEST);
        client.read_until("up\r\n");
        kill_process(getpid(), Signal::INT).unwrap();
        pipes.wait_for_end();
        assert_eq!(pipes.told.list()[0], "told");
        in_time(move || serving.join().unwrap());
    });
}

/// Programs would outlive the server.
#[test]
fn at_the_second_ctrl_c_all_end_at_once() {
    const MARK: &str = "CH17_CTRL_C";
    let pipes = Pipes::new();
    if let Some(path) = env::var_os(MARK) {
        let script = format!(
            "exec 3>'{}'; trap '' TERM; printf 'Content-Type: a/b\\n\\nup'; sleep 1000 & wait",
            path.display()
        );
        let (serving, address) = server(Duration::from_secs(100), &script);
        let mut client = TcpClient::connect(address);
        client.send(REQUEST);
        client.read_until("up\r\n");
        kill_process(getpid(), Signal::INT).unwrap();
        while TcpClient::try_connect(address).is_ok() {}
        kill_process(getpid(), Signal::INT).unwrap();
        serving.join().unwrap();
        return;
    }
    let mut command = Command::new(env::current_exe().unwrap());
    let test = full_name(module_path!(), "at_the_second_ctrl_c_all_end_at_once");
    command.args(["--exact", &test, "--nocapture"]).env(MARK, pipes.path());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let status = in_time(move || command.status().unwrap());
    assert_eq!(status.code(), Some(130));
    pipes.wait_for_end();
}
