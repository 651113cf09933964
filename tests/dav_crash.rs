//! Chapter 22's program, which is killed while clients write, and what they were told is true.

use ch22::{Change, Entry, State};
use course_tests::binaries::Server;
use mock::{Reply, Seed, TcpClient};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Mutex;
use std::thread;

/// How often it is killed.
const ROUNDS: usize = 200;

/// How many clients there are at once. Each has a folder of its own, so that it knows what is in
/// it.
const CLIENTS: usize = 3;

/// All that is known of a client's folder. Names are those on the way from the root, `c1/d0/f2`.
#[derive(Clone, Debug, Default, PartialEq)]
struct Tree {
    /// What is in each file; `None` for a folder.
    nodes: BTreeMap<String, Option<Vec<u8>>>,
    /// The value of the one property.
    properties: BTreeMap<String, String>,
    /// The token of the lock.
    locks: BTreeMap<String, String>,
}

/// The token of a lock of which the client was not told.
const UNKNOWN: &str = "unknown";

fn is_at_or_below(name: &str, outer: &str) -> bool {
    name.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn parent(name: &str) -> &str {
    name.rsplit_once('/').unwrap().0
}

fn take<T>(map: &mut BTreeMap<String, T>, outer: &str) -> BTreeMap<String, T> {
    let (taken, kept) =
        std::mem::take(map).into_iter().partition(|(name, _)| is_at_or_below(name, outer));
    *map = kept;
    taken
}

fn renamed<T: Clone>(map: &BTreeMap<String, T>, from: &str, to: &str) -> BTreeMap<String, T> {
    let below = map.iter().filter(|(name, _)| is_at_or_below(name, from));
    below.map(|(name, value)| (format!("{to}{}", &name[from.len()..]), value.clone())).collect()
}

/// A request, and what it changes.
#[derive(Debug)]
enum Step {
    Put(String, Vec<u8>),
    MakeFolder(String),
    Delete(String),
    Copy(String, String),
    Move(String, String),
    Patch(String, String),
    Lock(String),
    Unlock(String),
}

/// Bytes that say how many they are, and what their sum is.
fn content(seed: &mut Seed) -> Vec<u8> {
    let length = seed.pick(&[0, 10, 1000, 30_000]);
    let bytes = seed.bytes(length);
    [format!("{} {};", bytes.len(), sum(&bytes)).into_bytes(), bytes].concat()
}

fn sum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |sum: u64, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)))
}

/// Whether a file is one of ours, from its first byte to its last. An empty one was made by a LOCK.
fn is_whole(bytes: &[u8]) -> bool {
    let Some(end) = bytes.iter().position(|byte| *byte == b';') else { return bytes.is_empty() };
    let rest = &bytes[end + 1..];
    bytes[..end] == *format!("{} {}", rest.len(), sum(rest)).as_bytes()
}

impl Step {
    /// One that can be done.
    fn choose(tree: &Tree, home: &str, seed: &mut Seed) -> Step {
        loop {
            let inner = ["f0", "f1", "d0", "d1", "d0/f0", "d0/f1", "d0/d0", "d0/d0/f0", "d1/f0"];
            let [one, other] = [(); 2].map(|()| format!("{home}/{}", seed.pick(&inner)));
            let is_file = |name: &str| matches!(tree.nodes.get(name), Some(Some(_)));
            let is_there = |name: &str| tree.nodes.contains_key(name);
            let is_placed = |name: &str| matches!(tree.nodes.get(parent(name)), Some(None));
            let can_go = is_there(&one)
                && is_placed(&other)
                && !is_at_or_below(&one, &other)
                && !is_at_or_below(&other, &one);
            return match seed.number(0..=12) {
                0..=1 if is_placed(&one) && (!is_there(&one) || is_file(&one)) => {
                    Step::Put(one, content(seed))
                }
                2 if is_placed(&one) && !is_there(&one) => Step::MakeFolder(one),
                3 if is_there(&one) => Step::Delete(one),
                4..=5 if can_go => Step::Copy(one, other),
                6..=7 if can_go => Step::Move(one, other),
                8..=10 if is_there(&one) => Step::Patch(one, seed.word()),
                11 if is_placed(&one)
                    && (!is_there(&one) || is_file(&one))
                    && !tree.locks.contains_key(&one) =>
                {
                    Step::Lock(one)
                }
                12 if tree.locks.contains_key(&one) => Step::Unlock(one),
                _ => continue,
            };
        }
    }

    /// What may be found when it was asked for and nothing was answered: nothing was done, or all;
    /// or of a LOCK the file alone, which it made first.
    fn outcomes(&self, before: &Tree) -> Vec<Tree> {
        let mut outcomes = vec![before.clone(), self.done(before, UNKNOWN)];
        if let Step::Lock(name) = self {
            let mut made = before.clone();
            made.nodes.entry(name.clone()).or_insert_with(|| Some(Vec::new()));
            outcomes.push(made);
        }
        outcomes
    }

    /// What there is afterwards.
    fn done(&self, before: &Tree, token: &str) -> Tree {
        let mut tree = before.clone();
        match self {
            Step::Put(name, content) => {
                tree.nodes.insert(name.clone(), Some(content.clone()));
            }
            Step::MakeFolder(name) => {
                tree.nodes.insert(name.clone(), None);
            }
            Step::Delete(name) => {
                take(&mut tree.nodes, name);
                take(&mut tree.properties, name);
                take(&mut tree.locks, name);
            }
            Step::Copy(from, to) | Step::Move(from, to) => {
                take(&mut tree.nodes, to);
                take(&mut tree.properties, to);
                let kept = tree.locks.get(to).cloned();
                take(&mut tree.locks, to);
                tree.locks.extend(kept.map(|token| (to.clone(), token)));
                tree.nodes.extend(renamed(&tree.nodes, from, to));
                tree.properties.extend(renamed(&tree.properties, from, to));
                if matches!(self, Step::Move(..)) {
                    take(&mut tree.nodes, from);
                    take(&mut tree.properties, from);
                    take(&mut tree.locks, from);
                }
            }
            Step::Patch(name, value) => {
                tree.properties.insert(name.clone(), value.clone());
            }
            Step::Lock(name) => {
                tree.nodes.entry(name.clone()).or_insert_with(|| Some(Vec::new()));
                tree.locks.insert(name.clone(), token.to_owned());
            }
            Step::Unlock(name) => {
                tree.locks.remove(name);
            }
        }
        tree
    }

    fn request(&self, tree: &Tree) -> Vec<u8> {
        let patch;
        let (method, name, field, body) = match self {
            Step::Put(name, content) => ("PUT", name, String::new(), &content[..]),
            Step::MakeFolder(name) => ("MKCOL", name, String::new(), &b""[..]),
            Step::Delete(name) => ("DELETE", name, String::new(), &b""[..]),
            Step::Copy(from, to) => ("COPY", from, format!("Destination: /{to}\r\n"), &b""[..]),
            Step::Move(from, to) => ("MOVE", from, format!("Destination: /{to}\r\n"), &b""[..]),
            Step::Patch(name, value) => {
                patch = format!(
                    "<propertyupdate xmlns=\"DAV:\"><set><prop><x xmlns=\"\">{value}</x></prop>\
                     </set></propertyupdate>"
                );
                ("PROPPATCH", name, String::new(), patch.as_bytes())
            }
            Step::Lock(name) => (
                "LOCK",
                name,
                "Depth: 0\r\n".to_owned(),
                &b"<lockinfo xmlns=\"DAV:\"><lockscope><exclusive/></lockscope><locktype><write/>\
                  </locktype></lockinfo>"[..],
            ),
            Step::Unlock(name) => {
                ("UNLOCK", name, format!("Lock-Token: <{}>\r\n", tree.locks[name]), &b""[..])
            }
        };
        let locks: String =
            tree.locks.iter().map(|(name, token)| format!(" </{name}> (<{token}>)")).collect();
        let locks = if locks.is_empty() { locks } else { format!("If:{locks}\r\n") };
        let length = body.len();
        let head = format!(
            "{method} /{name} HTTP/1.1\r\nHost: localhost\r\n{field}{locks}\
             Content-Length: {length}\r\n\r\n"
        );
        [head.as_bytes(), body].concat()
    }

    fn is_answered_by(&self, reply: &Reply) -> bool {
        match self {
            Step::MakeFolder(_) => reply.status == 201,
            Step::Delete(_) | Step::Unlock(_) => reply.status == 204,
            Step::Patch(..) => reply.status == 207 && reply.text().contains("HTTP/1.1 200 OK"),
            Step::Put(..) | Step::Copy(..) | Step::Move(..) => matches!(reply.status, 201 | 204),
            Step::Lock(_) => matches!(reply.status, 200 | 201),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Step::Put(..) => "PUT",
            Step::MakeFolder(_) => "MKCOL",
            Step::Delete(_) => "DELETE",
            Step::Copy(..) => "COPY",
            Step::Move(..) => "MOVE",
            Step::Patch(..) => "PROPPATCH",
            Step::Lock(_) => "LOCK",
            Step::Unlock(_) => "UNLOCK",
        }
    }
}

/// What has happened so often is the end of the program.
struct Fuse {
    /// How many pieces are still to be sent, and answers to be heard.
    left: Mutex<(usize, Option<Server>)>,
}

impl Fuse {
    fn burn(&self) {
        let mut left = self.left.lock().unwrap();
        left.0 = left.0.saturating_sub(1);
        if left.0 == 0 {
            left.1 = None; // by a signal that no program is told of
        }
    }
}

/// Sends a request in pieces; `false` if not all of it was sent.
fn send(client: &mut TcpClient, request: &[u8], fuse: &Fuse, seed: &mut Seed) -> bool {
    let mut rest = request;
    while !rest.is_empty() {
        let piece = seed.number(1..=20_000).min(rest.len());
        if client.try_send(&rest[..piece]).is_err() {
            return false;
        }
        rest = &rest[piece..];
        fuse.burn();
    }
    true
}

/// Writes until the program is killed; returns what may be there then, and what was acknowledged.
fn write(
    address: SocketAddr,
    home: &str,
    mut tree: Tree,
    fuse: &Fuse,
    mut seed: Seed,
) -> (Vec<Tree>, Vec<&'static str>) {
    let mut told = Vec::new();
    let Ok(mut client) = TcpClient::try_connect(address) else { return (vec![tree], told) };
    loop {
        let step = Step::choose(&tree, home, &mut seed);
        if !send(&mut client, &step.request(&tree), fuse, &mut seed) {
            return (vec![tree], told);
        }
        let Ok(reply) = client.read_reply() else { return (step.outcomes(&tree), told) };
        let token = reply.header("Lock-Token").unwrap_or_default();
        assert!(step.is_answered_by(&reply), "{step:?}: {} {}", reply.status, reply.text());
        tree = step.done(&tree, token.trim_matches(['<', '>']));
        told.push(step.name());
        fuse.burn();
    }
}

/// What the whole lines of the journal say.
fn known(folder: &Path) -> (State, Option<Change>) {
    let journal = fs::read_to_string(folder.join("files.dav/journal")).unwrap();
    let lines = journal.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    State::of(lines.map(|line| serde_json::from_str::<Entry>(line).unwrap()).collect())
}

/// All that is in the folder and known of it. The program has just been started: so its journal
/// says what is so, and nothing else.
fn look(folder: &Path) -> Tree {
    let mut tree = Tree::default();
    let mut folders = vec![(folder.join("files"), String::new())];
    while let Some((path, before)) = folders.pop() {
        for entry in fs::read_dir(path).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{before}{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                folders.push((entry.path(), format!("{name}/")));
                tree.nodes.insert(name, None);
            } else {
                let bytes = fs::read(entry.path()).unwrap();
                assert!(is_whole(&bytes), "{name} is half: {}", bytes.escape_ascii());
                tree.nodes.insert(name, Some(bytes));
            }
        }
    }
    let (state, begun) = known(folder);
    assert_eq!(begun, None);
    for (key, properties) in state.properties.iter() {
        let [value] = &properties.values().collect::<Vec<_>>()[..] else {
            panic!("{properties:?}")
        };
        let (_, value) = value.split_once('>').unwrap();
        tree.properties.insert(key.clone(), value.strip_suffix("</x>").unwrap().to_owned());
    }
    for lock in state.locks.iter() {
        assert_eq!(tree.locks.insert(lock.key.clone(), lock.token.clone()), None);
    }
    tree
}

/// The one that is there of those that may be there.
fn recognize(there: &Tree, home: &str, may_be: &[Tree]) -> Tree {
    let mut mine = there.clone();
    let mine = Tree {
        nodes: take(&mut mine.nodes, home),
        properties: take(&mut mine.properties, home),
        locks: take(&mut mine.locks, home),
    };
    let is_it = |known: &Tree| {
        let mut known = known.clone();
        for (name, token) in known.locks.iter_mut().filter(|(_, token)| *token == UNKNOWN) {
            *token = mine.locks.get(name).cloned().unwrap_or_default();
        }
        known == mine
    };
    assert!(may_be.iter().any(is_it), "there is {mine:#?}\nand not one of {may_be:#?}");
    mine
}

/// Several clients write as fast as they can, and in the middle of it the program is killed, two
/// hundred times.
#[test]
fn what_a_client_was_told_is_there_wherever_the_program_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().join("files");
    let homes: Vec<_> = (0..CLIENTS).map(|number| format!("c{number}")).collect();
    let mut trees = Vec::new();
    for home in &homes {
        fs::create_dir_all(files.join(home)).unwrap();
        let nodes = BTreeMap::from([(home.clone(), None)]);
        trees.push(vec![Tree { nodes, ..Tree::default() }]);
    }
    let mut seed = Seed::new();
    let (mut told, mut begun) = (Vec::new(), 0);
    for round in 0..=ROUNDS {
        if round > 0 {
            begun += usize::from(known(folder.path()).1.is_some());
        }
        let server = Server::start("ch22", &["--directory", files.to_str().unwrap()]);
        let there = look(folder.path());
        assert!(there.nodes.keys().all(|name| homes.iter().any(|home| is_at_or_below(name, home))));
        let beside = fs::read_dir(folder.path().join("files.dav")).unwrap();
        let beside: BTreeSet<_> = beside.map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(beside, ["journal", "journal.lock", "spare"].map(Into::into).into());
        assert_eq!(fs::read_dir(folder.path().join("files.dav/spare")).unwrap().count(), 0);

        let address = server.address.parse().unwrap();
        let fuse = Fuse { left: Mutex::new((seed.number(1..=40), Some(server))) };
        trees = thread::scope(|scope| {
            let clients: Vec<_> = homes
                .iter()
                .zip(&trees)
                .map(|(home, may_be)| {
                    let tree = recognize(&there, home, may_be);
                    let seed = Seed::of(seed.number(0..=usize::MAX) as u64);
                    let fuse = &fuse;
                    scope.spawn(move || write(address, home, tree, fuse, seed))
                })
                .collect();
            let ends = clients.into_iter().map(|client| client.join().unwrap());
            ends.map(|(may_be, more)| {
                told.extend(more);
                may_be
            })
            .collect()
        });
    }
    let kinds: BTreeSet<_> = told.iter().collect();
    eprintln!("told of {} changes; {begun} were begun and not done", told.len());
    assert_eq!(kinds.len(), 8, "{kinds:?}");
    assert!(begun > 0);
}
