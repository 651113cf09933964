//! From the commands on a page to commands that disturb nobody, and back.

use crate::course::chapters::number;
use crate::system::ports::{closed_port, port_of};
use anyhow::{Context, Result};
use launch::Programs;
use std::collections::HashMap;

/// Which port stands for which: the page's for the real one.
#[derive(Debug, Default)]
pub struct Ports(HashMap<u16, u16>);

/// A command as it is run.
#[derive(Debug, PartialEq)]
pub struct Prepared {
    /// For the shell.
    pub command: String,
    /// If it starts a chapter's server: the page's port of it.
    pub serves: Option<u16>,
}

impl Ports {
    /// Remembers that the page's port is `real`.
    pub fn set(&mut self, page: u16, real: u16) {
        self.0.insert(page, real);
    }

    /// The command that is run for a command of the page: the built program for
    /// `cargo run`, and real ports for those of the page.
    pub fn prepare(&mut self, command: &str, programs: &Programs) -> Result<Prepared> {
        let mut prepared = String::new();
        let mut serves = None;
        let mut rest = command;
        while let Some(at) = rest.find("cargo run") {
            let (before, found) = rest.split_at(at);
            prepared += before;
            // Up to the next program of the pipeline.
            let end = found.find(['|', ';', '&', '>', '<']).unwrap_or(found.len());
            let (own, behind) = found.split_at(end);
            let (program, arguments) = own["cargo run".len()..]
                .trim_start()
                .trim_start_matches("-q ")
                .trim_start_matches("--quiet ")
                .trim_start_matches("--release ")
                .split_once(' ')
                .filter(|(option, _)| matches!(*option, "--bin" | "-p" | "--package"))
                .map(|(_, rest)| rest.split_once(' ').unwrap_or((rest, "")))
                .context("in a transcript `cargo run` is followed by `--bin NAME`")?;
            let arguments = arguments.trim().strip_prefix("--").map_or("", str::trim);
            let given = arguments.split(' ').find_map(port_of);
            let path = programs.path(program)?;
            prepared += &quoted(&path.to_string_lossy());
            match number(program) {
                Some(number) => {
                    serves = Some(given.unwrap_or(8000 + number));
                    // The first address is its own; another one is that of somebody it asks.
                    let words: Vec<&str> = arguments.split_whitespace().collect();
                    let own = words.iter().position(|word| port_of(word).is_some());
                    let others = words.iter().enumerate().filter(|(at, _)| Some(*at) != own);
                    prepared += &others.map(|(_, word)| format!(" {word}")).collect::<String>();
                    prepared += " 127.0.0.1:0";
                }
                None => {
                    // `fetch` is told whole URLs.
                    if given.is_none() && next_port(arguments).is_none() {
                        prepared += " 127.0.0.1:8001";
                    }
                    prepared += &format!(" {arguments}");
                }
            }
            prepared = prepared.trim_end().to_owned();
            if !behind.is_empty() {
                prepared.push(' ');
            }
            rest = behind;
        }
        prepared += rest;
        let command = self.translate(&prepared)?;
        Ok(Prepared { command, serves })
    }

    /// Puts real ports in the place of the page's.
    fn translate(&mut self, command: &str) -> Result<String> {
        let mut translated = String::new();
        let mut rest = command;
        while let Some((before, port, behind)) = next_port(rest) {
            translated += before;
            // Nothing has listened there: whoever connects must be refused, and
            // must not reach a learner's own server.
            let real = match self.0.get(&port) {
                Some(real) => *real,
                None if port == 0 => 0,
                None => *self.0.entry(port).or_insert(closed_port()?),
            };
            translated += &real.to_string();
            rest = behind;
        }
        Ok(translated + rest)
    }

    /// Puts the page's ports in the place of the real ones.
    pub fn page(&self, line: &str) -> String {
        let mut shown = String::new();
        let mut rest = line;
        while let Some((before, port, behind)) = next_port(rest) {
            shown += before;
            let page = self.0.iter().find(|(_, real)| **real == port);
            shown += &page.map_or(port, |(page, _)| *page).to_string();
            rest = behind;
        }
        shown + rest
    }
}

/// The text up to the next port of this machine, the port, and what is behind.
fn next_port(text: &str) -> Option<(&str, u16, &str)> {
    let starts = ["127.0.0.1:", "localhost:"];
    let hits = starts.iter().filter_map(|start| Some(text.find(start)? + start.len()));
    let start = hits.min()?;
    let digits = text[start..].bytes().take_while(u8::is_ascii_digit).count();
    let port = text[start..start + digits].parse().ok()?;
    Some((&text[..start], port, &text[start + digits..]))
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "/").replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn programs() -> Programs {
        Programs::from([("ch05", "/a b/ch05"), ("client", "/a b/client"), ("fetch", "/a b/fetch")])
    }

    fn ports() -> Ports {
        let mut ports = Ports::default();
        ports.set(8001, 41001);
        ports.set(8005, 41005);
        ports
    }

    #[test]
    fn a_server_gets_a_free_port_and_keeps_its_arguments() {
        let run = |command: &str| ports().prepare(command, &programs()).unwrap();
        let plain = run("cargo run --bin ch05");
        assert_eq!(plain.command, "'/a b/ch05' 127.0.0.1:0");
        assert_eq!(plain.serves, Some(8005));
        let other = run("cargo run --bin ch05 -- --loud 127.0.0.1:9000");
        assert_eq!(other.command, "'/a b/ch05' --loud 127.0.0.1:0");
        assert_eq!(other.serves, Some(9000));
    }

    #[test]
    fn a_server_is_told_the_real_port_of_another_one_that_it_asks() {
        let command = "cargo run --bin ch05 -- 127.0.0.1:9000 --ask 127.0.0.1:8001";
        let run = ports().prepare(command, &programs()).unwrap();
        assert_eq!(run.command, "'/a b/ch05' --ask 127.0.0.1:41001 127.0.0.1:0");
        assert_eq!(run.serves, Some(9000));
    }

    #[test]
    fn a_client_and_curl_go_to_the_real_port() {
        let run = |command: &str| ports().prepare(command, &programs()).unwrap().command;
        assert_eq!(
            run("printf 'a' | cargo run --bin client -- 127.0.0.1:8005 | head -1"),
            "printf 'a' | '/a b/client' 127.0.0.1:41005 | head -1"
        );
        assert_eq!(run("cargo run -q --bin client"), "'/a b/client' 127.0.0.1:41001");
        assert_eq!(
            run("curl -s http://localhost:8005/a http://127.0.0.1:8001/"),
            "curl -s http://localhost:41005/a http://127.0.0.1:41001/"
        );
        assert_eq!(
            run("cargo run --bin fetch -- --head http://127.0.0.1:8005/a"),
            "'/a b/fetch' --head http://127.0.0.1:41005/a"
        );
    }

    #[test]
    fn a_port_that_nobody_serves_does_not_reach_a_learners_server() {
        let run = ports().prepare("curl 127.0.0.1:8007", &programs()).unwrap();
        assert!(!run.command.contains(":8007"), "{}", run.command);
    }

    #[test]
    fn what_is_printed_shows_the_ports_of_the_page() {
        let line = "on 127.0.0.1:41005, not 127.0.0.1:4100 or localhost:41001.";
        assert_eq!(ports().page(line), "on 127.0.0.1:8005, not 127.0.0.1:4100 or localhost:8001.");
    }
}
