use crate::Outlet;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The longest name, in bytes.
pub const MAX_NAME: usize = 20;

/// Names one member of a [`Room`], also after they have changed their name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MemberId(u64);

/// Everybody who is in the room.
///
/// Every method locks the list, so that all members get all lines in the same
/// order. Whether that is wise depends on how long `O` takes to deliver.
pub struct Room<O> {
    seats: usize,
    remembers: usize,
    members: Mutex<Members<O>>,
}

struct Members<O> {
    list: Vec<Member<O>>,
    joined: u64,
    /// The last lines that were said, the oldest one first. They are behind the lock of the
    /// list: who is in it has heard them, or is told them on joining, and never both.
    said: VecDeque<Vec<u8>>,
}

struct Member<O> {
    id: MemberId,
    name: String,
    outlet: O,
}

/// Whom a line concerns.
#[derive(Clone, Copy)]
enum To {
    One(MemberId),
    AllBut(MemberId),
    All,
}

impl<O: Outlet> Room<O> {
    /// An empty room for at most `seats` members, which remembers nothing.
    pub fn new(seats: usize) -> Self {
        Self::remembering(seats, 0)
    }

    /// Takes in a new member and tells everybody.
    ///
    /// What the room remembers comes first, then the welcome.
    /// If all seats are taken the outlet is given back.
    pub fn join(&self, outlet: O) -> Result<MemberId, O> {
        let mut members = self.lock();
        if members.list.len() >= self.seats {
            return Err(outlet);
        }
        members.joined += 1;
        let id = MemberId(members.joined);
        let name = members.free_name();
        members.tell_others(id, format!("* {name} has joined\n").as_bytes());
        let welcome = format!("* welcome, {name}: /NAME you changes your name, /EXIT leaves\n");
        members.list.push(Member { id, name, outlet });
        // The lock is still ours: what is said from now on comes behind these lines.
        for line in members.said.clone() {
            members.tell(id, &line);
        }
        members.tell(id, welcome.as_bytes());
        Ok(id)
    }

    /// Lets a member go, drops their outlet, and tells everybody. Who is gone
    /// already is not missed.
    pub fn leave(&self, id: MemberId) {
        let mut members = self.lock();
        if let Some(index) = members.list.iter().position(|member| member.id == id) {
            let member = members.list.remove(index);
            members.tell_others(id, format!("* {} has left\n", member.name).as_bytes());
        }
    }

    /// Passes on what a member says: to all others, in one order for all.
    pub fn say(&self, id: MemberId, text: &str) {
        let mut members = self.lock();
        if let Some(name) = members.name(id) {
            let line = format!("{name}: {text}\n").into_bytes();
            members.tell_others(id, &line);
            members.said.push_back(line);
            if members.said.len() > self.remembers {
                members.said.pop_front();
            }
        }
    }

    /// Tells one member alone.
    pub fn tell(&self, id: MemberId, line: &str) {
        self.lock().tell(id, line.as_bytes());
    }

    /// Gives a member another name and tells everybody, or tells the member
    /// why not: a name is 1 to [`MAX_NAME`] letters, digits, `-` and `_`, and
    /// nobody else's.
    pub fn rename(&self, id: MemberId, name: &str) {
        let mut members = self.lock();
        if !is_name(name) {
            let rule = format!("* a name is 1 to {MAX_NAME} letters, digits, - and _\n");
            members.tell(id, rule.as_bytes());
        } else if members.list.iter().any(|member| member.name == name) {
            members.tell(id, format!("* {name} is taken\n").as_bytes());
        } else if let Some(member) = members.list.iter_mut().find(|member| member.id == id) {
            let before = std::mem::replace(&mut member.name, name.to_owned());
            // The others first: if the member cannot be told, they are dropped by
            // a name that everybody has heard.
            members.tell_others(id, format!("* {before} is now {name}\n").as_bytes());
            members.tell(id, format!("* you are now {name}\n").as_bytes());
        }
    }

    /// Tells a member who is in the room, themselves included, in the order in
    /// which they joined.
    pub fn who(&self, id: MemberId) {
        let mut members = self.lock();
        let names: Vec<_> = members.list.iter().map(|member| member.name.as_str()).collect();
        let line = format!("* here: {}\n", names.join(", "));
        members.tell(id, line.as_bytes());
    }

    /// Says something to the one member who is called `name`, or tells who says it
    /// that there is none.
    pub fn message(&self, id: MemberId, name: &str, text: &str) {
        // One lock from the name to the delivery: in between, its owner could leave or pass it
        // on to somebody else.
        let mut members = self.lock();
        let Some(from) = members.name(id) else { return };
        let to = members.list.iter().find(|member| member.name == name).map(|member| member.id);
        match to {
            Some(to) => members.tell(to, format!("{from} to you: {text}\n").as_bytes()),
            None => members.tell(id, format!("* nobody is called {name}\n").as_bytes()),
        }
    }

    /// An empty room for at most `seats` members, which remembers the last `lines` lines that
    /// were said to all, and tells them to who joins.
    ///
    /// Each of them takes a place in the newcomer's outlet: with a [`Queue`](crate::Queue),
    /// `lines` should be much smaller than [`QUEUE_LENGTH`](crate::QUEUE_LENGTH), or nobody can
    /// join any more.
    pub fn remembering(seats: usize, lines: usize) -> Self {
        let members = Members { list: Vec::new(), joined: 0, said: VecDeque::new() };
        Self { seats, remembers: lines, members: Mutex::new(members) }
    }

    fn lock(&self) -> MutexGuard<'_, Members<O>> {
        // Poisoned means that a thread panicked while it held the lock. The
        // list is whole even then, and the others want to go on talking.
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<O: Outlet> Members<O> {
    fn name(&self, id: MemberId) -> Option<String> {
        let member = self.list.iter().find(|member| member.id == id)?;
        Some(member.name.clone())
    }

    /// `guest1`, or the first of its kind that nobody has.
    fn free_name(&self) -> String {
        let mut number = 1;
        loop {
            let name = format!("guest{number}");
            if self.list.iter().all(|member| member.name != name) {
                return name;
            }
            number += 1;
        }
    }

    fn tell(&mut self, id: MemberId, line: &[u8]) {
        self.deliver(line, To::One(id));
    }

    fn tell_others(&mut self, id: MemberId, line: &[u8]) {
        self.deliver(line, To::AllBut(id));
    }

    /// Delivers to whom it may concern. Who cannot be reached is dropped from
    /// the room, and the rest is told.
    fn deliver(&mut self, line: &[u8], to: To) {
        let mut dropped = Vec::new();
        self.list.retain_mut(|member| {
            let concerned = match to {
                To::One(id) => member.id == id,
                To::AllBut(id) => member.id != id,
                To::All => true,
            };
            let stays = !concerned || member.outlet.deliver(line).is_ok();
            if !stays {
                dropped.push(member.name.clone());
            }
            stays
        });
        // Telling the rest may drop somebody else; each round has one fewer.
        for name in dropped {
            self.deliver(format!("* {name} was dropped\n").as_bytes(), To::All);
        }
    }
}

fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(fits)
}
