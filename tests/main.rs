//! The servers of the course among many clients, and its programs, started as a user starts them:
//! alone, killed in the middle of their work, and with the programs of others. All in one program,
//! since most of these tests wait for another one most of the time.

mod clients;
mod dav_clients;
mod dav_crash;
mod decisions;
mod downloads;
mod fetch;
mod gateways;
mod guest_book;
mod hostile;
mod programs;
mod proxies;
mod rpc;
mod slow;
mod together;
