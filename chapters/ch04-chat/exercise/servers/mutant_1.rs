//! Broken: what somebody says is sent to themselves too.

#[path = "../../src/converse.rs"]
mod converse;
#[path = "../../src/on_connect.rs"]
mod on_connect;
#[path = "../../src/serve.rs"]
mod serve;

pub use chapter::*;
pub use converse::converse;
pub use on_connect::{on_connect, on_connect_direct};
pub use serve::{serve, serve_direct};

use std::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MemberId(u64);

pub struct Room<O> {
    seats: usize,
    members: Mutex<Members<O>>,
}

struct Members<O> {
    list: Vec<Member<O>>,
    joined: u64,
}

struct Member<O> {
    id: MemberId,
    name: String,
    outlet: O,
}

#[derive(Clone, Copy)]
enum To {
    One(MemberId),
    AllBut(MemberId),
    All,
}

impl<O: Outlet> Room<O> {
    pub fn new(seats: usize) -> Self {
        Self { seats, members: Mutex::new(Members { list: Vec::new(), joined: 0 }) }
    }

    pub fn join(&self, outlet: O) -> Result<MemberId, O> {
        let mut members = self.lock();
        if members.list.len() >= self.seats {
            return Err(outlet);
        }
        members.joined += 1;
        let id = MemberId(members.joined);
        let name = members.free_name();
        members.deliver(&format!("* {name} has joined\n"), To::AllBut(id));
        let welcome = format!("* welcome, {name}: /NAME you changes your name, /EXIT leaves\n");
        members.list.push(Member { id, name, outlet });
        members.deliver(&welcome, To::One(id));
        Ok(id)
    }

    pub fn leave(&self, id: MemberId) {
        let mut members = self.lock();
        if let Some(index) = members.list.iter().position(|member| member.id == id) {
            let member = members.list.remove(index);
            members.deliver(&format!("* {} has left\n", member.name), To::AllBut(id));
        }
    }

    pub fn say(&self, id: MemberId, text: &str) {
        let mut members = self.lock();
        if let Some(member) = members.list.iter().find(|member| member.id == id) {
            let line = format!("{}: {text}\n", member.name);
            members.deliver(&line, To::All);
        }
    }

    pub fn tell(&self, id: MemberId, line: &str) {
        self.lock().deliver(line, To::One(id));
    }

    pub fn rename(&self, id: MemberId, name: &str) {
        let mut members = self.lock();
        if !is_name(name) {
            let rule = format!("* a name is 1 to {MAX_NAME} letters, digits, - and _\n");
            members.deliver(&rule, To::One(id));
        } else if members.is_taken(name) {
            members.deliver(&format!("* {name} is taken\n"), To::One(id));
        } else if let Some(member) = members.list.iter_mut().find(|member| member.id == id) {
            let before = std::mem::replace(&mut member.name, name.to_owned());
            members.deliver(&format!("* {before} is now {name}\n"), To::AllBut(id));
            members.deliver(&format!("* you are now {name}\n"), To::One(id));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Members<O>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<O: Outlet> Members<O> {
    fn is_taken(&self, name: &str) -> bool {
        self.list.iter().any(|member| member.name == name)
    }

    fn free_name(&self) -> String {
        let mut number = 1;
        while self.is_taken(&format!("guest{number}")) {
            number += 1;
        }
        format!("guest{number}")
    }

    fn deliver(&mut self, line: &str, to: To) {
        let mut dropped = Vec::new();
        self.list.retain_mut(|member| {
            let concerned = match to {
                To::One(id) => member.id == id,
                To::AllBut(id) => member.id != id,
                To::All => true,
            };
            let stays = !concerned || member.outlet.deliver(line.as_bytes()).is_ok();
            if !stays {
                dropped.push(member.name.clone());
            }
            stays
        });
        for name in dropped {
            self.deliver(&format!("* {name} was dropped\n"), To::All);
        }
    }
}

fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(fits)
}
