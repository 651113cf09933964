//! The wire corpus: raw requests, and what any right answer to them must satisfy.
//!
//! The cases stand in `wire/*.toml`, [`Corpus::load`] reads them. A [`Case`] is
//! played [over a `MockConnection`](Case::over_mock) or [over TCP](Case::over_tcp)
//! to any server, which need not be one of the course; the [`Verdict`] says
//! whether the answer is right, and if not, shows what happened. Answers are read
//! by `httparse`, not by the code under test.
//!
//! Which chapter is expected to pass which case stands in `wire/matrix.toml`, the
//! [`Matrix`]. Nothing here knows a chapter: see [`chapters`](crate::chapters).

mod case;
mod corpus;
mod judge;
mod matrix;
mod notation;
mod results;
mod run;

pub use case::{Answer, Bytes, Case, Field, LAST, Then};
pub use corpus::{Corpus, FOLDER, Subject};
pub use judge::{End, judge};
pub use matrix::Matrix;
pub use notation::{from_notation, to_notation};
pub use results::{Outcome, Results};
pub use run::{Cuts, Event, Transport, Verdict};
pub(crate) use run::{read_at_most, read_to_end, sentence};
