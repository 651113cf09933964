//! Right too: its members are in a map, what there is to tell waits in a list until it is told,
//! and what lies in a member's queue goes out with one write.

mod converse;
mod serve;

pub use chapter::*;
pub use converse::converse;
pub use serve::{serve, serve_direct};

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::sync::mpsc::Receiver;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MemberId(u64);

pub struct Room<O> {
    seats: usize,
    inside: Mutex<Inside<O>>,
}

/// Members by the number of their visit, which only grows: they are in the order in which they
/// joined.
struct Inside<O> {
    visits: u64,
    members: BTreeMap<u64, (String, O)>,
}

impl<O: Outlet> Room<O> {
    pub fn new(seats: usize) -> Self {
        Self { seats, inside: Mutex::new(Inside { visits: 0, members: BTreeMap::new() }) }
    }

    pub fn join(&self, outlet: O) -> Result<MemberId, O> {
        let mut inside = self.inside();
        if inside.members.len() == self.seats {
            return Err(outlet);
        }
        let name = (1..).map(|n| format!("guest{n}")).find(|name| !inside.is_taken(name));
        let name = name.unwrap_or_default();
        inside.tell(|_| true, format!("* {name} has joined\n"));
        inside.visits += 1;
        let id = inside.visits;
        let welcome = format!("* welcome, {name}: /NAME you changes your name, /EXIT leaves\n");
        inside.members.insert(id, (name, outlet));
        inside.tell(|one| one == id, welcome);
        Ok(MemberId(id))
    }

    pub fn leave(&self, MemberId(id): MemberId) {
        let mut inside = self.inside();
        if let Some((name, outlet)) = inside.members.remove(&id) {
            drop(outlet);
            inside.tell(|_| true, format!("* {name} has left\n"));
        }
    }

    pub fn say(&self, MemberId(id): MemberId, text: &str) {
        let mut inside = self.inside();
        if let Some((name, _)) = inside.members.get(&id) {
            let line = format!("{name}: {text}\n");
            inside.tell(|all| all != id, line);
        }
    }

    pub fn tell(&self, MemberId(id): MemberId, line: &str) {
        self.inside().tell(|one| one == id, line.to_owned());
    }

    pub fn rename(&self, MemberId(id): MemberId, name: &str) {
        let mut inside = self.inside();
        let fits = |char: char| char.is_ascii_alphanumeric() || "-_".contains(char);
        if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(fits) {
            let rule = format!("* a name is 1 to {MAX_NAME} letters, digits, - and _\n");
            return inside.tell(|one| one == id, rule);
        }
        if inside.is_taken(name) {
            return inside.tell(|one| one == id, format!("* {name} is taken\n"));
        }
        if let Some((own, _)) = inside.members.get_mut(&id) {
            let before = std::mem::replace(own, name.to_owned());
            inside.tell(|all| all != id, format!("* {before} is now {name}\n"));
            inside.tell(|one| one == id, format!("* you are now {name}\n"));
        }
    }

    fn inside(&self) -> MutexGuard<'_, Inside<O>> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<O: Outlet> Inside<O> {
    fn is_taken(&self, name: &str) -> bool {
        self.members.values().any(|(taken, _)| taken == name)
    }

    fn tell(&mut self, whom: impl Fn(u64) -> bool, line: String) {
        let mut lost = self.try_to_tell(whom, &line);
        while !lost.is_empty() {
            let news = format!("* {} was dropped\n", lost.remove(0));
            lost.extend(self.try_to_tell(|_| true, &news));
        }
    }

    /// Who could not be told, and is no longer a member.
    fn try_to_tell(&mut self, whom: impl Fn(u64) -> bool, line: &str) -> Vec<String> {
        let lost = self.members.extract_if(.., |&id, (_, outlet)| {
            whom(id) && outlet.deliver(line.as_bytes()).is_err()
        });
        lost.map(|(_, (name, _))| name).collect()
    }
}

pub fn on_connect_direct<W: Write>(
    room: &Room<Direct<W>>,
    reader: impl Read,
    writer: W,
) -> io::Result<()> {
    visit(room, reader, Direct(writer))
}

pub fn on_connect(
    room: &Room<Queue>,
    reader: impl Read,
    writer: impl Write + Send,
    hang_up: impl Fn() + Send + 'static,
) -> io::Result<()> {
    let (queue, lines) = Queue::new(hang_up);
    thread::scope(|scope| {
        thread::Builder::new().spawn_scoped(scope, move || write_all_of(lines, writer))?;
        visit(room, reader, queue)
    })
}

fn visit<O: Outlet>(room: &Room<O>, reader: impl Read, outlet: O) -> io::Result<()> {
    let member = match room.join(outlet) {
        Ok(member) => member,
        Err(mut outlet) => return outlet.deliver(b"full\n"),
    };
    let result = converse(room, reader, member);
    room.leave(member);
    result
}

fn write_all_of(lines: Receiver<Vec<u8>>, mut writer: impl Write) {
    while let Ok(mut some) = lines.recv() {
        some.extend(lines.try_iter().flatten());
        if writer.write_all(&some).is_err() {
            return;
        }
    }
}
