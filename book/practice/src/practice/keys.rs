//! Keys without Enter where there is a terminal, and lines where there is none.

use crate::system::process::before_ctrl_c_ends;
use crate::system::screen::set_raw;
use anyhow::{Context, Result};
use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers, poll, read};
use std::io::{BufRead, IsTerminal, stdin, stdout};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// Where keys come from.
#[derive(Debug)]
pub enum Keys {
    /// A terminal, which is given back when this is dropped.
    Terminal(RawMode),
    /// The first letters of lines.
    Lines(Receiver<char>),
}

/// What came within a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum KeyInput {
    /// A key, or the first letter of a line.
    Key(char),
    /// Nothing.
    Nothing,
    /// Nothing, and nothing will ever come: the end of the lines, or Ctrl-C.
    End,
}

impl Keys {
    /// Listens.
    pub fn new() -> Result<Self> {
        if stdin().is_terminal() && stdout().is_terminal() {
            let raw = RawMode::begin().context("the terminal does not give its keys")?;
            return Ok(Self::Terminal(raw));
        }
        let (sender, lines) = channel();
        thread::Builder::new().spawn(move || {
            for line in stdin().lock().lines().map_while(Result::ok) {
                // An empty line is a key, too: Enter.
                if sender.send(line.trim().chars().next().unwrap_or('\n')).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self::Lines(lines))
    }

    /// Whether they come without Enter.
    pub fn are_keys(&self) -> bool {
        matches!(self, Self::Terminal(_))
    }

    /// The next one, if it comes within `time`.
    pub fn next(&self, time: Duration) -> Result<KeyInput> {
        match self {
            Self::Lines(lines) => Ok(match lines.recv_timeout(time) {
                Ok(key) => KeyInput::Key(key),
                Err(RecvTimeoutError::Timeout) => KeyInput::Nothing,
                Err(RecvTimeoutError::Disconnected) => KeyInput::End,
            }),
            Self::Terminal(_) => {
                if !poll(time).context("the terminal gives no keys any more")? {
                    return Ok(KeyInput::Nothing);
                }
                let Event::Key(key) = read()? else { return Ok(KeyInput::Nothing) };
                let with_control = key.modifiers.contains(KeyModifiers::CONTROL);
                Ok(match key.code {
                    _ if key.kind == KeyEventKind::Release => KeyInput::Nothing,
                    KeyCode::Char('c' | 'd') if with_control => KeyInput::End,
                    KeyCode::Char(key) if !with_control => KeyInput::Key(key.to_ascii_lowercase()),
                    KeyCode::Enter => KeyInput::Key('\n'),
                    _ => KeyInput::Nothing,
                })
            }
        }
    }
}

/// The terminal gives us each key at once, until this is dropped.
#[derive(Debug)]
pub struct RawMode(());

impl RawMode {
    /// Begins it.
    fn begin() -> std::io::Result<Self> {
        crossterm::terminal::enable_raw_mode()?;
        set_raw(true);
        before_ctrl_c_ends(end_raw_mode);
        // The message of a panic is printed before anything is dropped.
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            end_raw_mode();
            before(panic);
        }));
        Ok(Self(()))
    }
}

impl Drop for RawMode {
    fn drop(&mut self) {
        end_raw_mode();
    }
}

/// Ends raw mode, if it was begun.
fn end_raw_mode() {
    if set_raw(false) {
        let _ = crossterm::terminal::disable_raw_mode();
    }
}
