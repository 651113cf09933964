//! Programs of others: they call us, and we call them.

use crate::gateways::peers::{Ours, find, find_python, folder};
use ch21::{
    App, CallError, JsonRpc, Kind, Procedure, Procedures, Session, Value, XmlRpc, add_samples, rpc,
};
use chrono::NaiveDate;
use launch::{Server, listening_on};
use mock::PATIENCE;
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicI64, Ordering};

/// How often `test.note` was called.
static NOTED: AtomicI64 = AtomicI64::new(0);

/// A server of ours, and the URL at which it is called.
fn ours() -> (Ours, String) {
    let mut procedures = Procedures::default();
    add_samples(&mut procedures);
    let mut add = |name, function: fn(Vec<Value>) -> anyhow::Result<Value>| {
        procedures.add(name, Procedure::new("For a test.", Kind::Any, function));
    };
    add("test.lines", |_| Ok("a\r\nb\rc".into()));
    add("test.large", |_| Ok((1 << 40).into()));
    add("test.fail", |_| anyhow::bail!("nobody is told"));
    add("test.unwritable", |_| Ok(Value::Double(f64::NAN)));
    add("test.note", |_| {
        NOTED.fetch_add(1, Ordering::Relaxed);
        Ok(Value::Nil)
    });
    add("test.noted", |_| Ok(NOTED.load(Ordering::Relaxed).into()));
    let mut app = App::default();
    app.route("/rpc", rpc(procedures)).unwrap();
    let ours = Ours::serve(app);
    let url = format!("http://{}/rpc", ours.address);
    (ours, url)
}

/// The file of a script.
fn script(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/rpc")).join(name)
}

/// Runs a client with the URL of a server of ours: it has nothing to say.
#[track_caller]
fn has_nothing_to_say(mut client: Command) {
    let (_ours, url) = ours();
    client.arg(url).env_remove("http_proxy").env("no_proxy", "127.0.0.1").stdin(Stdio::null());
    let output = client.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(output.status.success() && said.is_empty(), "{}: {said}", output.status);
}

/// A Perl that has this module.
fn perl_with(module: &str) -> Option<Command> {
    let perl = find("perl")?;
    let mut look = Command::new(&perl);
    look.arg(format!("-M{module}")).args(["-e", "1"]).stderr(Stdio::null());
    if !look.status().is_ok_and(|status| status.success()) {
        eprintln!("perl has no {module}: nothing is tested with it");
        return None;
    }
    Some(Command::new(perl))
}

/// A Python that has jsonrpclib-pelix: `python3`, or the one that `JSONRPC_PYTHON` names.
fn python_with_json_rpc() -> Option<Command> {
    let python = env::var_os("JSONRPC_PYTHON").map(PathBuf::from).or_else(find_python)?;
    let mut look = Command::new(&python);
    look.args(["-c", "import jsonrpclib"]).stderr(Stdio::null());
    if !look.status().is_ok_and(|status| status.success()) {
        eprintln!("{} has no jsonrpclib: nothing is tested with it", python.display());
        return None;
    }
    Some(Command::new(python))
}

fn start(mut command: Command, file: &str) -> (Server, String) {
    command.arg(script(file));
    let server = Server::start(command, listening_on, PATIENCE);
    let server = server.unwrap_or_else(|error| panic!("{file}: {error}"));
    let url = format!("http://{}/", server.address);
    (server, url)
}

// Clients

#[test]
fn python_calls_us() {
    let Some(python) = find_python() else { return };
    let mut command = Command::new(python);
    command.arg(script("xmlrpc_client.py"));
    has_nothing_to_say(command);
}

#[test]
fn rpc_xml_of_perl_calls_us() {
    let Some(mut command) = perl_with("RPC::XML::Client") else { return };
    command.arg(script("rpc_xml.pl"));
    has_nothing_to_say(command);
}

#[test]
fn frontier_of_perl_calls_us() {
    let Some(mut command) = perl_with("Frontier::Client") else { return };
    command.arg(script("frontier.pl"));
    has_nothing_to_say(command);
}

#[test]
fn a_program_in_c_calls_us() {
    let (Some(cc), Some(_)) = (find("cc"), find("xmlrpc-c-config")) else { return };
    let folder = folder();
    let program = folder.path().join("program");
    let mut compiler = Command::new(cc);
    compiler.arg(script("xmlrpc_c.c")).arg("-o").arg(&program);
    // `xmlrpc-c-config` names libraries that these are linked with, and others that nobody needs.
    compiler.args(["-lxmlrpc_client", "-lxmlrpc", "-lxmlrpc_util"]);
    assert!(compiler.status().unwrap().success());
    has_nothing_to_say(Command::new(program));
}

#[test]
fn jsonrpclib_calls_us() {
    let Some(mut command) = python_with_json_rpc() else { return };
    command.arg(script("json_client.py"));
    has_nothing_to_say(command);
}

// Servers

/// The number of the fault, and what it says.
#[track_caller]
fn fault(outcome: Result<Value, CallError>) -> (i32, String) {
    match outcome {
        Err(CallError::Fault(fault)) => (fault.code, fault.text),
        other => panic!("{other:?}"),
    }
}

#[test]
fn we_call_python() {
    let Some(python) = find_python() else { return };
    let (_server, url) = start(Command::new(python), "xmlrpc_server.py");
    let client = XmlRpc::new(Session::default(), &url);
    let day = NaiveDate::from_ymd_opt(2026, 7, 4).unwrap().and_hms_opt(8, 5, 9).unwrap();
    let call = |name: &str, values: &[Value]| client.call(name, values);
    for value in [
        Value::Nil,
        true.into(),
        (-7).into(),
        i64::from(i32::MAX).into(),
        Value::Double(-12.53),
        Value::Double(1e300),
        " a\r\nb <&> ]]> ä ".into(),
        Value::Time(day),
        Value::Bytes(vec![0; 300]),
        vec![1.into(), vec![].into()].into(),
        Value::of_fields([("", Value::Nil), ("a <b>", "x".into())]),
    ] {
        let same = call("echo", std::slice::from_ref(&value)).unwrap();
        match &value {
            // What it writes itself is a line feed after the journey back.
            Value::Text(_) => assert_eq!(same, " a\nb <&> ]]> ä ".into()),
            _ => assert_eq!(same, value),
        }
    }
    assert_eq!(call("add", &["a\r".into(), "b".into()]).unwrap(), "a\nb".into());
    assert_eq!(call("day", &[]).unwrap(), Value::Time(day));
    assert_eq!(call("bytes", &[]).unwrap(), Value::Bytes([0, 255].repeat(100)));
    let (code, text) = fault(call("fail", &[]));
    assert!(code == 1 && text.contains("the soup is cold"), "{text}");
    assert_eq!(fault(call("none", &[])).0, 1);
    let of_add = Value::of_fields([
        ("methodName", "add".into()),
        ("params", vec![2.into(), 3.into()].into()),
    ]);
    let results = call("system.multicall", &[vec![of_add].into()]).unwrap();
    assert_eq!(results, vec![vec![5.into()].into()].into());
}

#[test]
fn we_call_jsonrpclib() {
    let Some(python) = python_with_json_rpc() else { return };
    let (_server, url) = start(python, "json_server.py");
    let client = JsonRpc::new(Session::default(), &url);
    let call = |name: &str, values: &[Value]| client.call(name, values);
    for value in [
        Value::Nil,
        true.into(),
        i64::MAX.into(),
        i64::MIN.into(),
        Value::Double(-5.022_291_334_235_340_5e116),
        " a\r\nb\0ä ".into(),
        vec![1.into(), vec![].into()].into(),
        Value::of_fields([("", Value::Nil), ("a <b>", "x".into())]),
    ] {
        assert_eq!(call("echo", std::slice::from_ref(&value)).unwrap(), value);
    }
    assert_eq!(call("add", &[2.into(), 3.into()]).unwrap(), 5.into());
    assert_eq!(fault(call("fail", &[])).0, -32603);
    assert_eq!(fault(call("none", &[])).0, -32601);
    client.notify("tell", &["soup".into()]).unwrap();
    client.notify("none", &[]).unwrap();
    assert_eq!(call("told", &[]).unwrap(), vec!["soup".into()].into());
}
