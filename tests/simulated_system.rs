//! An operating system for event loops that keeps the rules of edge-triggered polling exactly, and
//! grants nothing beyond them: what a loop forgets, nobody tells it again. Its clients do what a
//! test says, its clock is turned by hand, and a seed lets it be as unpleasant as it may.

use ch15::{Reactor, Ready, System, Wake};
use mock::{Seed, patience};
use std::cell::{RefCell, RefMut};
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::rc::Rc;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// What the system drives: an event loop, or something else that has its turns.
pub trait Turns {
    /// One turn: waits, if there is nothing to do, and does what there is.
    fn turn(&mut self) -> io::Result<()>;
}

impl Turns for Reactor<Simulated> {
    fn turn(&mut self) -> io::Result<()> {
        Reactor::turn(self)
    }
}

/// When the system tells about a socket.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rules {
    /// Linux. When something changes, it tells all that is true of the socket: that something can
    /// be read and that something can be written, and that the end is there, in one event.
    Epoll,
    /// macOS. Reading and writing are told apart, and the end comes with what can be read.
    Kqueue,
    /// Windows, by mio. What was told is told again only after a read or a write (of either kind)
    /// that has found `WouldBlock`.
    Windows,
}

pub const RULES: [Rules; 3] = [Rules::Epoll, Rules::Kqueue, Rules::Windows];

/// The system, as the loop and the test see it. All clones are the same.
#[derive(Clone)]
pub struct Simulated {
    net: Rc<RefCell<Net>>,
    woken: Arc<(Mutex<bool>, Condvar)>,
}

struct Net {
    rules: Rules,
    now: Instant,
    /// Who disturbs.
    seed: Option<Seed>,
    sockets: Vec<Socket>,
    listeners: Vec<Backlog>,
    /// What is told later than it was true.
    late: Vec<Ready>,
    /// Whether the last wait would have waited, had it been a real one.
    is_at_rest: bool,
    /// How often in succession.
    rests: usize,
    /// For how long.
    timeout: Option<Duration>,
    listening_fails: bool,
    is_broken: bool,
    has_descriptors: bool,
    dialled: Vec<SocketAddr>,
}

struct Backlog {
    token: usize,
    waiting: VecDeque<usize>,
    is_news: bool,
    is_closed: bool,
}

struct Socket {
    token: Option<usize>,
    peer: Option<SocketAddr>,
    /// What the client has sent and the loop has not read.
    coming: VecDeque<u8>,
    is_finished: bool,
    error: Option<ErrorKind>,
    /// What the kernel has taken.
    taken: Vec<u8>,
    /// How much more it takes.
    room: usize,
    connecting: bool,
    /// The most that one write takes.
    at_most: usize,
    /// After how many bytes writes fail.
    breaks_after: usize,
    // What the loop has done.
    has_finished: bool,
    is_closed: bool,
    reads: usize,
    // What is to be told: under Windows' rules whether it may be, else whether it is news.
    read: bool,
    write: bool,
    has_blocked: bool,
}

impl Socket {
    fn can_read(&self) -> bool {
        !self.coming.is_empty() || self.is_finished || self.error.is_some()
    }

    fn can_write(&self) -> bool {
        !self.connecting && (self.room > 0 || self.error.is_some())
    }
}

impl Simulated {
    /// A system that keeps these rules, and does not disturb.
    pub fn new(rules: Rules) -> Self {
        let net = Net {
            rules,
            now: Instant::now(),
            seed: None,
            sockets: Vec::new(),
            listeners: Vec::new(),
            late: Vec::new(),
            is_at_rest: false,
            rests: 0,
            timeout: None,
            listening_fails: false,
            is_broken: false,
            has_descriptors: true,
            dialled: Vec::new(),
        };
        Self { net: Rc::new(RefCell::new(net)), woken: Arc::default() }
    }

    /// From now on it wakes for nothing, tells too late and twice, interrupts, and takes and gives
    /// less than it could.
    pub fn disturb(&self, seed: Seed) {
        self.net().seed = Some(seed);
    }

    fn net(&self) -> RefMut<'_, Net> {
        self.net.borrow_mut()
    }

    /// Somebody who connects to the first listener.
    pub fn client(&self) -> Client {
        let number = self.net().sockets.len();
        let host = u8::try_from(number % 250).unwrap() + 1;
        self.client_from((Ipv4Addr::new(192, 0, 2, host), 50_000).into())
    }

    /// The same from this address.
    pub fn client_from(&self, peer: SocketAddr) -> Client {
        let number = self.add(Some(peer), false);
        let mut net = self.net();
        let backlog = net.listeners.first_mut().expect("somebody listens");
        backlog.waiting.push_back(number);
        let rules = net.rules;
        // Under the rules of Windows it is told if a `WouldBlock` has asked for it.
        net.listeners[0].is_news |= rules != Rules::Windows;
        drop(net);
        Client { system: self.clone(), number }
    }

    /// A connection that was made elsewhere: the loop's side, and the client's.
    pub fn pair(&self) -> (SimulatedStream, Client) {
        let number = self.add(None, false);
        let stream = SimulatedStream { system: self.clone(), number };
        (stream, Client { system: self.clone(), number })
    }

    fn add(&self, peer: Option<SocketAddr>, connecting: bool) -> usize {
        let mut net = self.net();
        net.sockets.push(Socket {
            token: None,
            peer,
            coming: VecDeque::new(),
            is_finished: false,
            error: None,
            taken: Vec::new(),
            room: usize::MAX,
            connecting,
            at_most: usize::MAX,
            breaks_after: usize::MAX,
            has_finished: false,
            is_closed: false,
            reads: 0,
            read: false,
            write: false,
            has_blocked: false,
        });
        net.sockets.len() - 1
    }

    /// Those whom the loop has connected to.
    pub fn dialled(&self) -> Vec<Client> {
        let count = self.net().sockets.len();
        let all = (0..count).map(|number| Client { system: self.clone(), number });
        let dialled = self.net().dialled.clone();
        all.filter(|client| {
            client.socket(|socket| socket.peer.is_some_and(|peer| dialled.contains(&peer)))
        })
        .collect()
    }

    /// Whether there is one more descriptor for whoever connects.
    pub fn set_descriptors(&self, has: bool) {
        self.net().has_descriptors = has;
    }

    /// From now on nobody can listen.
    pub fn refuse_to_listen(&self) {
        self.net().listening_fails = true;
    }

    /// From now on it cannot tell anything.
    pub fn break_down(&self) {
        self.net().is_broken = true;
    }

    /// Whether all listeners were closed.
    pub fn has_stopped_listening(&self) -> bool {
        self.net().listeners.iter().all(|listener| listener.is_closed)
    }

    /// Tells what is not so.
    pub fn tell(&self, ready: Ready) {
        self.net().late.push(ready);
    }

    /// Lets the loop run until it would wait, and returns for how long. It must come to rest.
    pub fn run(&self, engine: &mut impl Turns) -> Option<Duration> {
        for _ in 0..100_000 {
            if self.turn(engine) {
                return self.net().timeout;
            }
        }
        panic!("the loop does not come to rest");
    }

    /// One turn. Returns whether there was nothing to do.
    pub fn turn(&self, engine: &mut impl Turns) -> bool {
        self.net().is_at_rest = false;
        engine.turn().expect("a turn");
        self.net().is_at_rest
    }

    /// Moves the clock by exactly this; who asks what time it is sees it.
    pub fn move_on(&self, time: Duration) {
        self.net().now += time;
    }

    /// Moves the clock, and lets the loop run. (As a system does, a moment too late.)
    pub fn pass(&self, time: Duration, engine: &mut impl Turns) -> Option<Duration> {
        self.move_on(time + Duration::from_nanos(1));
        self.run(engine)
    }

    /// Lets the loop run until `is_so`, and waits where it would: for workers.
    pub fn run_until(&self, engine: &mut impl Turns, is_so: impl Fn() -> bool) {
        let started = Instant::now();
        while !is_so() {
            assert!(started.elapsed() < patience(), "it should have happened by now");
            if self.turn(engine) && !is_so() {
                self.wait_for_wake();
            }
        }
    }

    /// Whether the loop was woken since it has waited.
    pub fn take_wake(&self) -> bool {
        std::mem::take(&mut *self.woken.0.lock().unwrap())
    }

    /// Waits until a worker wakes the loop.
    pub fn wait_for_wake(&self) {
        let (woken, bell) = &*self.woken;
        let guard = woken.lock().unwrap();
        let (guard, waited) = bell.wait_timeout_while(guard, patience(), |woken| !*woken).unwrap();
        // A panic with the lock would be one more in each drop that wakes the loop.
        drop(guard);
        assert!(!waited.timed_out(), "nobody wakes the loop");
    }
}

impl Net {
    fn draws(&mut self, one_of: usize) -> bool {
        self.seed.as_mut().is_some_and(|seed| seed.number(1..=one_of) == 1)
    }

    /// What there is to tell now.
    fn news(&mut self) -> Vec<Ready> {
        let rules = self.rules;
        let mut news = Vec::new();
        for listener in &mut self.listeners {
            if listener.is_news && !listener.waiting.is_empty() && !listener.is_closed {
                news.push(ready(listener.token, true, false, false));
                listener.is_news = false;
            }
        }
        for socket in self.sockets.iter_mut().filter(|socket| !socket.is_closed) {
            let Some(token) = socket.token else { continue };
            let (can_read, can_write) = (socket.can_read(), socket.can_write());
            let end = socket.is_finished || socket.error.is_some();
            let (read, write) = (socket.read && can_read, socket.write && can_write);
            if rules == Rules::Epoll && (read || write) {
                news.push(ready(token, can_read, can_write, end));
            } else if read || write {
                news.extend(read.then(|| ready(token, true, false, end)));
                news.extend(write.then(|| ready(token, false, true, false)));
            }
            match rules {
                Rules::Windows => {
                    socket.read &= !read;
                    socket.write &= !write;
                }
                // A client that takes less than it said is told of when it takes something.
                _ => (socket.read, socket.write) = (false, socket.write && !can_write),
            }
        }
        news
    }

    /// What of it is told.
    fn disturbed(&mut self, news: Vec<Ready>) -> Vec<Ready> {
        let mut told: Vec<_> = self.late.drain(..).chain(news).collect();
        if self.seed.is_none() {
            return told;
        }
        for number in (0..told.len()).rev() {
            if self.draws(3) {
                self.late.push(told.remove(number));
            } else if self.draws(4) {
                self.late.push(told[number]);
            }
        }
        while self.draws(3) {
            let (tokens, seed) = (self.sockets.len() + 3, self.seed.as_mut().unwrap());
            let (token, kind) = (seed.number(0..=tokens), seed.number(1..=3));
            told.push(ready(token, kind & 1 > 0, kind & 2 > 0, false));
        }
        told
    }
}

fn ready(token: usize, readable: bool, writable: bool, read_closed: bool) -> Ready {
    Ready { token, readable, writable, read_closed }
}

impl System for Simulated {
    type Listener = SimulatedListener;
    type Stream = SimulatedStream;

    fn short_read_is_last(&self) -> bool {
        self.net().rules != Rules::Windows
    }

    fn now(&self) -> Instant {
        self.net().now
    }

    fn wait(&mut self, timeout: Option<Duration>, ready: &mut Vec<Ready>) -> io::Result<()> {
        let woken = self.take_wake();
        let mut net = self.net();
        if net.is_broken {
            return Err(ErrorKind::Other.into());
        }
        let news = net.news();
        let is_news = !news.is_empty() || !net.late.is_empty();
        let told = net.disturbed(news);
        let nothing = !is_news && told.is_empty() && !woken;
        net.is_at_rest = nothing && timeout != Some(Duration::ZERO);
        net.rests = if nothing { net.rests + 1 } else { 0 };
        assert!(net.rests < 10_000, "the loop waits for what will never come");
        net.timeout = timeout;
        ready.extend(told);
        Ok(())
    }

    fn wake(&self) -> Wake {
        let woken = Arc::clone(&self.woken);
        Arc::new(move || {
            *woken.0.lock().unwrap() = true;
            woken.1.notify_one();
        })
    }

    fn listen(&mut self, token: usize, _: TcpListener) -> io::Result<Self::Listener> {
        let mut net = self.net();
        if net.listening_fails {
            return Err(ErrorKind::AddrInUse.into());
        }
        let (waiting, is_news, is_closed) = (VecDeque::new(), net.rules == Rules::Windows, false);
        net.listeners.push(Backlog { token, waiting, is_news, is_closed });
        let number = net.listeners.len() - 1;
        Ok(SimulatedListener { system: self.clone(), number })
    }

    fn accept(&self, listener: &Self::Listener) -> io::Result<(Self::Stream, Option<SocketAddr>)> {
        let mut net = self.net();
        if net.draws(4) {
            return Err(ErrorKind::ConnectionAborted.into());
        }
        let (has_descriptors, rearms) = (net.has_descriptors, net.rules == Rules::Windows);
        let backlog = &mut net.listeners[listener.number];
        if backlog.waiting.is_empty() {
            backlog.is_news |= rearms;
            return Err(ErrorKind::WouldBlock.into());
        }
        if !has_descriptors {
            return Err(io::Error::other("too many open files"));
        }
        let number = backlog.waiting.pop_front().unwrap();
        let peer = net.sockets[number].peer;
        Ok((SimulatedStream { system: self.clone(), number }, peer))
    }

    fn adopt(&self, _: TcpStream) -> io::Result<Self::Stream> {
        Err(ErrorKind::Unsupported.into())
    }

    fn connect(&self, address: SocketAddr) -> io::Result<Self::Stream> {
        if address.port() == 0 {
            return Err(ErrorKind::AddrNotAvailable.into());
        }
        let number = self.add(Some(address), true);
        self.net().dialled.push(address);
        Ok(SimulatedStream { system: self.clone(), number })
    }

    fn connected(&self, stream: &Self::Stream) -> io::Result<()> {
        let net = self.net();
        let socket = &net.sockets[stream.number];
        match socket.error {
            Some(kind) => Err(kind.into()),
            None if socket.connecting => Err(ErrorKind::NotConnected.into()),
            None => Ok(()),
        }
    }

    fn watch(&mut self, token: usize, stream: &mut Self::Stream) -> io::Result<()> {
        let mut net = self.net();
        let is_taken = |other: &Socket| other.token == Some(token) && !other.is_closed;
        assert!(!net.sockets.iter().any(is_taken), "two sockets under one number");
        let socket = &mut net.sockets[stream.number];
        socket.token = Some(token);
        (socket.read, socket.write) = (true, true);
        Ok(())
    }

    fn finish(&self, stream: &Self::Stream) -> io::Result<()> {
        self.net().sockets[stream.number].has_finished = true;
        Ok(())
    }
}

/// A listener of it.
pub struct SimulatedListener {
    system: Simulated,
    number: usize,
}

impl Drop for SimulatedListener {
    fn drop(&mut self) {
        self.system.net().listeners[self.number].is_closed = true;
    }
}

/// The loop's side of a connection.
pub struct SimulatedStream {
    system: Simulated,
    number: usize,
}

impl Read for SimulatedStream {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut net = self.system.net();
        if net.draws(8) {
            return Err(ErrorKind::Interrupted.into());
        }
        // Under the other rules a short read would say that nothing is left.
        let reads_less = net.rules == Rules::Windows && net.draws(3);
        let rearms = net.rules == Rules::Windows;
        let socket = &mut net.sockets[self.number];
        socket.reads += 1;
        if let Some(kind) = socket.error {
            return Err(kind.into());
        }
        if socket.coming.is_empty() && !socket.is_finished {
            if rearms {
                (socket.read, socket.write) = (true, true);
            }
            return Err(ErrorKind::WouldBlock.into());
        }
        let at_most = if reads_less { out.len().min(3) } else { out.len() };
        // Else a read would end where the ring does.
        socket.coming.make_contiguous();
        socket.coming.read(&mut out[..at_most])
    }
}

impl Write for SimulatedStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut net = self.system.net();
        if net.draws(8) {
            return Err(ErrorKind::Interrupted.into());
        }
        if bytes.is_empty() {
            return Ok(0);
        }
        let (takes_less, rearms) = (net.draws(3), net.rules == Rules::Windows);
        let socket = &mut net.sockets[self.number];
        assert!(!socket.has_finished, "a write after the end");
        if let Some(kind) = socket.error {
            return Err(kind.into());
        }
        let unbroken = socket.breaks_after.saturating_sub(socket.taken.len());
        if unbroken == 0 {
            return Err(ErrorKind::BrokenPipe.into());
        }
        if socket.at_most == 0 {
            return Ok(0);
        }
        let mut count = bytes.len().min(socket.room).min(socket.at_most).min(unbroken);
        if takes_less {
            count = count.min(7);
        }
        if count == 0 {
            socket.has_blocked = true;
            if rearms {
                (socket.read, socket.write) = (true, true);
            }
            return Err(ErrorKind::WouldBlock.into());
        }
        if socket.room != usize::MAX {
            socket.room -= count;
        }
        socket.taken.extend(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for SimulatedStream {
    fn drop(&mut self) {
        self.system.net().sockets[self.number].is_closed = true;
    }
}

/// The other side of a connection.
#[derive(Clone)]
pub struct Client {
    system: Simulated,
    number: usize,
}

impl Client {
    fn socket<R>(&self, look: impl FnOnce(&mut Socket) -> R) -> R {
        look(&mut self.system.net().sockets[self.number])
    }

    /// Something has changed that concerns reading, or writing.
    fn change(&self, read: bool, write: bool, change: impl FnOnce(&mut Socket)) {
        self.socket(change);
        // Under the rules of Windows it is told if a `WouldBlock` has asked for it.
        if self.system.net().rules != Rules::Windows {
            self.socket(|socket| {
                socket.read |= read;
                socket.write |= write;
            });
        }
    }

    /// Sends bytes.
    pub fn send(&self, bytes: impl AsRef<[u8]>) -> &Self {
        self.change(true, false, |socket| socket.coming.extend(bytes.as_ref()));
        self
    }

    /// Sends nothing more.
    pub fn finish(&self) -> &Self {
        self.change(true, false, |socket| socket.is_finished = true);
        self
    }

    /// Throws the connection away.
    pub fn reset(&self) {
        self.change(true, true, |socket| socket.error = Some(ErrorKind::ConnectionReset));
    }

    /// Takes only so many bytes more, until there is [more room](Self::take).
    pub fn take_only(&self, room: usize) -> &Self {
        self.socket(|socket| socket.room = room);
        self
    }

    /// Each write is taken in pieces of this size; 0 claims that nothing can be taken, ever.
    pub fn take_pieces_of(&self, at_most: usize) -> &Self {
        self.socket(|socket| socket.at_most = at_most);
        self
    }

    /// After so many bytes in all, a write fails.
    pub fn break_after(&self, count: usize) -> &Self {
        self.socket(|socket| socket.breaks_after = count);
        self
    }

    /// Takes so many bytes more.
    pub fn take(&self, more: usize) -> &Self {
        let was_waited_for = self.socket(|socket| std::mem::take(&mut socket.has_blocked));
        self.change(false, was_waited_for, |socket| socket.room = socket.room.saturating_add(more));
        self
    }

    /// Connects, as the loop wants it to.
    pub fn accept(&self) -> &Self {
        self.change(false, true, |socket| socket.connecting = false);
        self
    }

    /// Does not.
    pub fn refuse(&self) {
        self.change(true, true, |socket| {
            socket.connecting = false;
            socket.error = Some(ErrorKind::ConnectionRefused);
        });
    }

    /// All that has come.
    pub fn got(&self) -> Vec<u8> {
        self.socket(|socket| socket.taken.clone())
    }

    /// The same as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.got()).expect("text")
    }

    /// All that has come since the last time.
    pub fn takes_out(&self) -> Vec<u8> {
        self.socket(|socket| std::mem::take(&mut socket.taken))
    }

    /// Whether the client has thrown the connection away.
    pub fn is_reset(&self) -> bool {
        self.socket(|socket| socket.error.is_some())
    }

    /// How many bytes the loop has not read.
    pub fn unread(&self) -> usize {
        self.socket(|socket| socket.coming.len())
    }

    /// How often the loop has read.
    pub fn reads(&self) -> usize {
        self.socket(|socket| socket.reads)
    }

    /// Whether the loop has said that it sends nothing more.
    pub fn is_finished(&self) -> bool {
        self.socket(|socket| socket.has_finished)
    }

    /// Whether the loop has closed the connection.
    pub fn is_closed(&self) -> bool {
        self.socket(|socket| socket.is_closed)
    }

    /// The number under which it is watched.
    pub fn token(&self) -> usize {
        self.socket(|socket| socket.token.expect("it is watched"))
    }
}
