//! The transcripts on the pages: `console` blocks, replayed and compared.
//!
//! A page is one sitting. Its blocks run in order, in the top folder:
//!
//! - `console`: each `$ command` runs to its end, the lines behind it are what
//!   it prints.
//! - `console,server` (any other word will do too): a terminal of that name, in
//!   which the program keeps running from block to block. The lines behind the
//!   `$ command` are awaited; a later block of the same name without a command
//!   awaits further lines. `> text` is typed, `> ^D` ends the input.
//!
//! In a line `[..]` stands for anything, and a line `...` for any lines.
//!
//! The page shows what a learner types: `cargo run --bin ch05`, port 8005. What
//! runs is the built program on a port that is free, and ports are translated in
//! commands and in what is printed; a learner's own server is never disturbed.
//!
//! With `BLESS=1` the pages are rewritten to what was printed. Patterns that
//! still match stay.

pub mod lock;
pub mod matching;
pub mod ports;
pub mod replay;
pub mod script;
pub mod terminal;
