//! Measuring every HTTP chapter beside other servers, in one run. It serves the reader who asks
//! how fast it is, and uses [`course`](workbook::course), [`system`](workbook::system) and
//! [`pages`](workbook::pages), which show the result.
//!
//! | module | what is in it |
//! |---|---|
//! | [`measure`] | the run: all servers in turn, several times |
//! | [`scenarios`] | in which ways they are asked |
//! | [`servers`] | how each is started, and what it answers |
//! | [`load`] | the clients |
//! | [`memory`] | those who do not read, and those who do not ask |
//! | [`trace`] | system calls of a request |
//! | [`usage`] | time and memory of a process |
//! | [`machine`] | on what it was measured, and on which cores |
//! | [`plot`] | tables and pictures |

pub mod load;
pub mod machine;
pub mod measure;
pub mod memory;
pub mod plot;
pub mod scenarios;
pub mod servers;
pub mod trace;
pub mod usage;
