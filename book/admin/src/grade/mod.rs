//! Grading what learners hand in. It serves whoever teaches, and uses [`course`](workbook::course),
//! [`system`](workbook::system) and [`judge`](course_practice::judge).
//!
//! | module | what it knows |
//! |---|---|
//! | [`command`], [`handout`] | the commands `grade` and `handout` |
//! | [`tree`], [`archive`] | files in folders and archives, read as those of somebody whom nobody knows |
//! | [`collect`], [`platforms`] | from paths and exports of learning platforms to people |
//! | [`handed_in`] | who has handed in what |
//! | [`intake`], [`works`], [`spelling`] | from that to the learner's files |
//! | [`course_copy`] | copies of the course: to grade in, and to hand out |
//! | [`own_files`] | which files are the course's own |
//! | [`workspace`] | one submission, graded in such a copy within its time |
//! | [`class`] | many submissions at once |
//! | [`shard`], [`merge`] | a class in parts, and the parts put together |
//! | [`record`], [`assignment`] | the grade as it is written down, and how it is made of results |
//! | [`formats`] | the record in the form that a person or a platform takes |
//! | [`output`] | where it is written |
//! | [`returns`] | grades and feedback as learning platforms take them back |
//! | [`platform_package`] | the course as a platform's autograder |

pub mod archive;
pub mod assignment;
pub mod class;
pub mod collect;
pub mod command;
pub mod course_copy;
pub mod formats;
pub mod handed_in;
pub mod handout;
pub mod intake;
pub mod merge;
pub mod output;
pub mod own_files;
pub mod pattern;
pub mod platform_package;
pub mod platforms;
pub mod record;
pub mod returns;
pub mod shard;
pub mod spelling;
pub mod tree;
pub mod works;
pub mod workspace;
