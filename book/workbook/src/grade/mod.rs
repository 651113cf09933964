//! Grading what learners hand in.
//!
//! | module | what it knows |
//! |---|---|
//! | [`source`] | files in a folder or in a zip, read as those of somebody whom nobody knows |
//! | [`intake`] | from a submission to the learner's files |
//! | [`tree`] | copies of the course: to grade in, and to hand out |
//! | [`slot`] | one submission, graded in such a copy within its time |
//! | [`class`] | many submissions at once |
//! | [`record_of`] | from what came of tests to the record that is written down |
//! | [`formats`] | the record in the form that a person or a platform takes |
//! | [`output`] | where it is written |
//! | [`package`] | the course as a platform's autograder |

pub mod class;
pub mod formats;
pub mod intake;
pub mod output;
pub mod package;
pub mod record_of;
pub mod slot;
pub mod source;
pub mod tree;
