//! The book, its pages and transcripts, and the program that shows it. All in one program, since
//! most of these tests wait for another one most of the time.

// Tests begin in the order of their names, and this one waits for the longest time.
mod all_transcripts;
mod commands;
#[cfg(unix)]
mod ending;
mod reading;
#[cfg(unix)]
mod replaying;
mod rooms;
mod rules;
#[path = "../sample/mod.rs"]
mod sample;
mod the_book;
