use crate::application_server::{ApplicationServer, Connection};
use crate::fast_cgi_answer::FastCgiAnswer;
use crate::script_reply::say_fault;
use crate::{
    Address, Application, Environ, HttpError, Kind, Response, Spool, Turns, append_params,
    append_records, find_script, plain_path, script_reply,
};
use anyhow::Result;
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The number of the request on its connection: there is one at a time.
pub(crate) const REQUEST: u16 = 1;

/// The role of one who answers (`FCGI_RESPONDER`, section 6.2).
const RESPONDER: u8 = 1;

/// What answers by asking a program that runs already, over a socket: FastCGI.
///
/// The program is told what one of [`Cgi`](crate::Cgi) is told, and gives back the same head and
/// body, all in [records](crate::Record). There is one request at a time on a connection, which
/// may be [kept](Self::keep) for the next one.
///
/// | what happens | the client gets |
/// |---|---|
/// | there is no such file, or it lies elsewhere | 404 |
/// | the body is longer than [`max_body`](Self::max_body) | 413 |
/// | [`at_once`](Self::at_once) requests wait already, or the application is overloaded | 503 |
/// | nobody listens, or the answer is none, or it breaks off in its head | 502 |
/// | it says nothing for [`silence`](Self::silence) | 504; behind the head, the connection ends |
pub struct FastCgi {
    /// How long the application may say nothing; 60 seconds if nothing else is set.
    pub silence: Duration,
    /// The longest body, in bytes; 64 MiB if nothing else is set.
    pub max_body: u64,
    root: Option<PathBuf>,
    turns: Turns,
    server: Arc<ApplicationServer>,
}

impl FastCgi {
    /// One application answers, whatever the path.
    pub fn one(address: Address) -> Self {
        Self {
            silence: Duration::from_secs(60),
            max_body: 64 * 1024 * 1024,
            root: None,
            turns: Turns::new(100),
            server: Arc::new(ApplicationServer::new(address, 0)),
        }
    }

    /// Files below `root` answer, and the path says which: the application runs them, as php-fpm
    /// and fcgiwrap do.
    pub fn below(root: &Path, address: Address) -> Self {
        Self { root: Some(root.to_owned()), ..Self::one(address) }
    }

    /// The same with another number of requests at once; without this, it is 100.
    #[must_use]
    pub fn at_once(mut self, count: usize) -> Self {
        self.turns = Turns::new(count);
        self
    }

    /// The same with so many connections that are kept; without this, each request has its own.
    ///
    /// It must not be more than the application has processes, less those that others may need:
    /// one of php-fpm's that has a connection waits for the next request on it, as long as it is
    /// open, and serves no other meanwhile.
    #[must_use]
    pub fn keep(mut self, count: usize) -> Self {
        let address = self.server.address.clone();
        self.server = Arc::new(ApplicationServer::new(address, count));
        self
    }

    /// Sends a request, and waits until something comes back.
    ///
    /// A connection that was kept may be closed at this very moment. Then a request that may be
    /// repeated is sent once more; not one that nobody answers for too long.
    fn ask(&self, name: &str, head: &[u8], body: Spool, may_repeat: bool) -> Result<FastCgiAnswer> {
        let connection = self.server.connection(self.silence)?;
        let may_repeat = may_repeat && connection.is_old;
        match self.ask_on(connection, name, head, body) {
            Err(error) if may_repeat && !is_silence(&error) => {
                let connection = self.server.connection(self.silence)?;
                self.ask_on(connection, name, head, Spool { file: None, length: 0 })
            }
            outcome => outcome,
        }
    }

    fn ask_on(
        &self,
        connection: Connection,
        name: &str,
        head: &[u8],
        body: Spool,
    ) -> Result<FastCgiAnswer> {
        (&*connection.socket).write_all(head)?;
        let mut answer = FastCgiAnswer::new(connection, name, self.silence, body.file)?;
        answer.receive()?;
        Ok(answer)
    }
}

fn is_silence(error: &anyhow::Error) -> bool {
    error.downcast_ref().is_some_and(|error: &io::Error| error.kind() == ErrorKind::TimedOut)
}

impl Application for FastCgi {
    fn answer(&self, environ: &Environ, input: &mut dyn Read) -> Result<Response> {
        let mut environ = environ.clone();
        let name = match &self.root {
            None => {
                plain_path(&environ)?;
                self.server.address.to_string()
            }
            Some(root) => {
                let script = find_script(root, &environ)?;
                script.tell(root, &mut environ);
                script.name
            }
        };
        let body = Spool::fill(input, self.max_body)?;
        let turn = self.turns.take().ok_or(HttpError(503))?;
        environ.set("GATEWAY_INTERFACE", "CGI/1.1");
        environ.set("REDIRECT_STATUS", "200");
        environ.remove("CONTENT_LENGTH");
        if body.length > 0 {
            environ.set("CONTENT_LENGTH", body.length.to_string());
        }
        let mut head = Vec::new();
        // Whether the application shall leave the connection open (`FCGI_KEEP_CONN`, section 5.1).
        let keep = u8::from(self.server.keep > 0);
        append_records(
            &mut head,
            Kind::BeginRequest,
            REQUEST,
            &[0, RESPONDER, keep, 0, 0, 0, 0, 0],
        );
        append_params(&mut head, REQUEST, environ.iter())?;
        if body.file.is_none() {
            append_records(&mut head, Kind::Stdin, REQUEST, &[]);
        }
        let method = environ.text("REQUEST_METHOD");
        let may_repeat = matches!(method, "GET" | "HEAD") && body.file.is_none();
        self.ask(&name, &head, body, may_repeat)
            .and_then(|answer| script_reply(turn.during(answer), method))
            .map_err(|error| say_fault(error, &name, 502))
    }
}
