//! Names that are looked up, and what has one in the file system: code of an exercise may not use
//! the first, and the second is there on Unix alone.

use super::application_server::Conn;
#[cfg(unix)]
use super::application_server::answer;
use super::application_server::at;
use super::requests::{ask, body, get};
use mock::{Live, assert_bytes};

const PAGE: &[u8] = b"Content-Type: text/plain\n\nthe page";

/// It may have an address of IPv6 too, at which nobody listens.
#[test]
fn of_a_name_the_address_is_taken_at_which_somebody_listens() {
    let serve = |incoming: mock::Incoming| {
        for stream in incoming {
            let mut conn = Conn::new(stream.unwrap());
            while conn.asked().is_some() {
                conn.answer(PAGE);
            }
        }
    };
    Live::run(serve, |live| {
        let application = at(format!("localhost:{}", live.addr().port()));
        assert_bytes!(body(ask(&application, &get("/")).unwrap()), "the page");
    });
}

#[cfg(unix)]
#[test]
fn an_application_may_listen_at_a_path() {
    use ch17::{Address, FastCgi};
    use std::io::{Read, Write};
    use std::os::unix::net::UnixListener;
    use std::thread;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    let serving = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut received = Vec::new();
        while !received.ends_with(b"\x01\x05\x00\x01\x00\x00\x00\x00") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            received.extend(byte);
        }
        stream.write_all(&answer(PAGE)).unwrap();
    });
    let mut application = FastCgi::one(Address::Unix(path));
    application.silence = mock::patience();
    assert_bytes!(body(ask(&application, &get("/")).unwrap()), "the page");
    serving.join().unwrap();
}

#[cfg(unix)]
#[test]
fn a_named_pipe_is_no_script() {
    let folder = tempfile::tempdir().unwrap();
    mock::named_pipe(folder.path().join("pipe")).unwrap();
    let error = ch17::find_script(folder.path(), &get("/pipe")).unwrap_err();
    assert_eq!(error.downcast_ref(), Some(&ch17::HttpError(404)));
}
