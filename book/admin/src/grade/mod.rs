//! Grading what learners hand in. It serves whoever teaches, and uses [`course`](workbook::course),
//! [`system`](workbook::system) and [`judge`](course_practice::judge).
//!
//! | module | what it knows |
//! |---|---|
//! | [`command`], [`handout`] | the commands `grade` and `handout` |
//! | [`source`] | files in a folder or in a zip, read as those of somebody whom nobody knows |
//! | [`intake`] | from a submission to the learner's files |
//! | [`course_copy`] | copies of the course: to grade in, and to hand out |
//! | [`own_files`] | which files are the course's own |
//! | [`workspace`] | one submission, graded in such a copy within its time |
//! | [`class`] | many submissions at once |
//! | [`record`], [`assignment`] | the grade as it is written down, and how it is made of results |
//! | [`formats`] | the record in the form that a person or a platform takes |
//! | [`output`] | where it is written |
//! | [`platform_package`] | the course as a platform's autograder |

pub mod assignment;
pub mod class;
pub mod command;
pub mod course_copy;
pub mod formats;
pub mod handout;
pub mod intake;
pub mod output;
pub mod own_files;
pub mod platform_package;
pub mod record;
pub mod source;
pub mod workspace;
