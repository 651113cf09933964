use crate::script_reply::say_fault;
use crate::{
    Application, Environ, HttpError, Process, Response, Spool, Turns, find_script, plain_path,
    script_reply, status_of,
};
use anyhow::{Context, Result};
use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// What answers by starting a program for each request: the Common Gateway Interface (RFC 3875).
///
/// The program finds the [`Environ`] in its environment and nothing besides that but `variables`,
/// the body at its standard input, and writes head and body of the answer to its standard output.
///
/// | what happens | the client gets |
/// |---|---|
/// | there is no such program, or it lies elsewhere | 404 |
/// | it may not be executed | 403 |
/// | the body is longer than [`max_body`](Self::max_body) | 413 |
/// | [`at_once`](Self::at_once) run already | 503 |
/// | it writes no head, or one that is none, or cannot be started | 500 |
/// | it says nothing for [`silence`](Self::silence) | 504; behind the head, the connection ends |
///
/// The log says more. When the client is gone, or the time is up, the program is ended with all
/// that it has started; that the client is gone is noticed with the next block that is sent.
pub struct Cgi {
    /// Variables that the program gets besides: `PATH`, or where it finds its data.
    pub variables: Vec<(OsString, OsString)>,
    /// How long it may say nothing; 60 seconds if nothing else is set.
    pub silence: Duration,
    /// The longest body, in bytes; 64 MiB if nothing else is set.
    pub max_body: u64,
    programs: Programs,
    turns: Turns,
}

/// Which program answers.
enum Programs {
    /// The one below this folder that the path leads to.
    Below(PathBuf),
    /// This one, which is told which file below the folder is meant.
    Interpreter(PathBuf, PathBuf),
    /// This one, whatever the path.
    One(PathBuf),
}

impl Cgi {
    /// Each executable file below `root` is a program, and the path says which. What follows it in
    /// the path is its `PATH_INFO`.
    pub fn below(root: &Path) -> Self {
        Self::of(Programs::Below(root.to_owned()))
    }

    /// `program` alone answers, and all of the path is its `PATH_INFO`.
    pub fn one(program: &Path) -> Self {
        Self::of(Programs::One(program.to_owned()))
    }

    /// The files below `root` are programs for `interpreter`, which finds the file's name in
    /// `SCRIPT_FILENAME`. They need not be executable.
    pub fn interpreter(interpreter: &Path, root: &Path) -> Self {
        Self::of(Programs::Interpreter(interpreter.to_owned(), root.to_owned()))
    }

    fn of(programs: Programs) -> Self {
        Self {
            variables: Vec::new(),
            silence: Duration::from_secs(60),
            max_body: 64 * 1024 * 1024,
            programs,
            turns: Turns::new(20),
        }
    }

    /// The same with one more variable.
    #[must_use]
    pub fn variable(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.variables.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// The same with another number of programs that may run at once; without this, it is 20.
    #[must_use]
    pub fn at_once(mut self, count: usize) -> Self {
        self.turns = Turns::new(count);
        self
    }

    /// The command that starts the program, and what the log calls it.
    fn command(&self, environ: &mut Environ) -> Result<(Command, String)> {
        let (file, program) = match &self.programs {
            Programs::One(program) => {
                plain_path(environ)?;
                (program.clone(), program.clone())
            }
            Programs::Below(root) => {
                let script = find_script(root, environ)?;
                if script.file.metadata()?.permissions().mode() & 0o111 == 0 {
                    return Err(HttpError(403).into());
                }
                script.tell(root, environ);
                (script.file.clone(), script.file)
            }
            Programs::Interpreter(interpreter, root) => {
                let script = find_script(root, environ)?;
                script.tell(root, environ);
                (script.file, interpreter.clone())
            }
        };
        let mut command = Command::new(program);
        // Where its own files are (RFC 3875 section 7.2). Who is named without a path is searched
        // for.
        if let Some(folder) = file.parent().filter(|folder| folder.is_absolute()) {
            command.current_dir(folder);
        }
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok((command, name))
    }
}

impl Application for Cgi {
    fn answer(&self, environ: &Environ, input: &mut dyn Read) -> Result<Response> {
        let mut environ = environ.clone();
        let (mut command, name) = self.command(&mut environ)?;
        let body = Spool::fill(input, self.max_body)?;
        // A client that is slow to send its body has had no turn until now.
        let turn = self.turns.take().ok_or(HttpError(503))?;
        environ.set("GATEWAY_INTERFACE", "CGI/1.1");
        // php-cgi answers nobody who does not say this: it wants to know that a server calls it.
        environ.set("REDIRECT_STATUS", "200");
        // Other users of the machine may see the environment of a process.
        environ.remove("HTTP_AUTHORIZATION");
        environ.remove("CONTENT_LENGTH");
        if body.length > 0 {
            environ.set("CONTENT_LENGTH", body.length.to_string());
        }
        command.env_clear().envs(self.variables.iter().map(|(name, value)| (name, value)));
        for (name, value) in environ.iter() {
            command.env(name, OsStr::from_bytes(value));
        }
        command.stdin(body.file.map_or_else(Stdio::null, Stdio::from));
        let process = Process::start(&mut command, &name, self.silence)
            .map_err(say_when_busy)
            .with_context(|| format!("{name} cannot be started"))?;
        let method = environ.text("REQUEST_METHOD");
        script_reply(turn.during(process), method).map_err(|error| say_fault(error, &name, 500))
    }
}

/// What a client may know of a program that cannot be started.
fn say_when_busy(error: io::Error) -> anyhow::Error {
    match error.kind() {
        // The program is there; what its first line names is not.
        ErrorKind::NotFound => error.into(),
        // The system has no process left.
        ErrorKind::WouldBlock => HttpError(503).into(),
        _ => status_of(error),
    }
}
