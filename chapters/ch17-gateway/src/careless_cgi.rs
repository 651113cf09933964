use crate::{Application, Environ, ScriptHead};
use anyhow::Context;
use std::ffi::OsStr;
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// CGI in a dozen lines, as it is found in many places: `program` answers every request.
///
/// It works as long as everybody means well. Chapter 17 says who does not, and builds
/// [`Cgi`](crate::Cgi).
pub fn careless_cgi(program: &Path) -> impl Application + use<> {
    let program = program.to_owned();
    move |environ: &Environ, input: &mut dyn Read| {
        let mut body = Vec::new();
        input.read_to_end(&mut body)?;
        let variables = environ.iter().map(|(name, value)| (name, OsStr::from_bytes(value)));
        let mut command = Command::new(&program);
        command.envs(variables).env("CONTENT_LENGTH", body.len().to_string());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        child.stdin.take().context("it is piped")?.write_all(&body)?;
        let output = child.wait_with_output()?.stdout;
        let head = ScriptHead::parse(&output)?.context("it wrote no head")?;
        let body = output[head.end..].to_vec();
        Ok(head.response().body(body))
    }
}
