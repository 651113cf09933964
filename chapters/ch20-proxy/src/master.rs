use crate::log;
use crate::worker::READY;
use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use socket2::SockRef;
use std::io::Read;
use std::net::{Shutdown, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

/// How long a worker may wait for a client before it looks whether it is to leave.
const LOOK: Duration = Duration::from_millis(100);

/// A worker that has not lived for so long is not replaced before.
const SHORT_LIFE: Duration = Duration::from_secs(1);

/// How many clients may wait to be accepted. The system may have a lower limit.
const BACKLOG: i32 = 4096;

/// What a master is told while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Exchanges all workers for new ones. Those leave when the new ones are ready, and if one of
    /// these ends before, nothing changes.
    Reload,
    /// One worker more.
    More,
    /// One less, if there are two at least.
    Fewer,
    /// All workers leave, and the master ends. The second time it waits for nobody.
    Stop,
}

/// Gives orders to a master, from any thread.
#[derive(Clone)]
pub struct Orders(Sender<Event>);

impl Orders {
    /// Gives one. If the master has ended, nobody hears it.
    pub fn give(&self, order: Order) {
        let _ = self.0.send(Event::Order(order));
    }
}

enum Event {
    Order(Order),
    /// The worker with this number can take clients.
    Ready(u64),
    /// It has ended.
    Gone(u64),
}

/// Keeps processes that take clients from one listening socket, and takes none itself: so nothing
/// that a client does can end it. A worker that ends is replaced.
pub struct Master {
    /// Until it stops: then whoever comes is refused, and does not wait in vain.
    listener: Option<TcpListener>,
    command: Box<dyn FnMut() -> Command + Send>,
    /// How many workers there shall be.
    count: usize,
    /// How long a worker may take to leave before it is killed.
    stop_time: Duration,
    members: Vec<Member>,
    next: u64,
    /// Which reload the workers belong to that shall be.
    generation: u64,
    /// Before this nobody is started again.
    not_before: Instant,
    /// Whether a worker was ever ready. Until then, that one cannot be started is an error.
    has_begun: bool,
    events: Receiver<Event>,
    sender: Sender<Event>,
}

/// A worker as its master knows it.
struct Member {
    number: u64,
    generation: u64,
    child: Child,
    control: UnixStream,
    since: Instant,
    state: State,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Starting,
    Ready,
    /// It was told to leave, and is killed at this moment.
    Leaving(Instant),
}

impl Master {
    /// Will start `count` processes by `command`, which find `listener` as their standard input:
    /// see [`Worker`](crate::Worker). Each may take `stop_time` to leave.
    ///
    /// The socket belongs to all of them, and so do its settings. It waits, for at most 100 ms at a
    /// time. Were it non-blocking, all workers would have to ask the system who is ready, and
    /// Linux tells some of them far more often than others.
    pub fn new(
        listener: TcpListener,
        count: usize,
        stop_time: Duration,
        command: impl FnMut() -> Command + Send + 'static,
    ) -> Result<Self> {
        SockRef::from(&listener).set_read_timeout(Some(LOOK))?;
        rustix::net::listen(&listener, BACKLOG)?;
        let (sender, events) = mpsc::channel();
        Ok(Self {
            listener: Some(listener),
            command: Box::new(command),
            count: count.max(1),
            stop_time,
            members: Vec::new(),
            next: 0,
            generation: 0,
            not_before: Instant::now(),
            has_begun: false,
            events,
            sender,
        })
    }

    /// Where orders for it are given.
    pub fn orders(&self) -> Orders {
        Orders(self.sender.clone())
    }

    /// Keeps workers until it is told to stop, and all of them have left.
    ///
    /// That the first workers cannot be started, or end before any of them is ready, is an error.
    /// Later that is tried again, since somebody may mend it, once a second.
    pub fn run(mut self) -> Result<()> {
        let mut stops = false;
        loop {
            if !stops {
                self.fill()?;
            } else if self.members.is_empty() {
                return Ok(());
            }
            match self.next_event(stops) {
                None => self.kill_late(),
                Some(Event::Ready(number)) => self.ready(number),
                Some(Event::Gone(number)) => self.gone(number, stops)?,
                Some(Event::Order(Order::Reload)) => self.generation += 1,
                Some(Event::Order(Order::More)) => self.count += 1,
                Some(Event::Order(Order::Fewer)) => self.count = (self.count - 1).max(1),
                Some(Event::Order(Order::Stop)) if stops => {
                    self.members.iter_mut().for_each(|member| member.kill_at(Instant::now()));
                    self.kill_late();
                }
                Some(Event::Order(Order::Stop)) => {
                    stops = true;
                    self.listener = None;
                    self.dismiss(|_| true);
                }
            }
        }
    }

    /// What happens next; `None` when the time for something has come.
    fn next_event(&self, stops: bool) -> Option<Event> {
        let lacks_some = !stops && self.current().count() < self.count;
        let kills = self.members.iter().filter_map(|member| match member.state {
            State::Leaving(until) => Some(until),
            _ => None,
        });
        let next = kills.chain(lacks_some.then_some(self.not_before)).min();
        match next {
            // We have a sender ourselves, so the channel does not end.
            None => self.events.recv().ok(),
            Some(at) => {
                let time = at.saturating_duration_since(Instant::now());
                self.events.recv_timeout(time).ok()
            }
        }
    }

    /// The workers that shall stay.
    fn current(&self) -> impl Iterator<Item = &Member> {
        self.members
            .iter()
            .filter(|member| member.generation == self.generation && !member.leaves())
    }

    /// Starts as many workers as are missing, and lets go as many as are too many.
    fn fill(&mut self) -> Result<()> {
        let there = self.current().count();
        if there < self.count && Instant::now() >= self.not_before {
            for _ in there..self.count {
                let Err(error) = self.start() else { continue };
                if !self.has_begun {
                    return Err(error);
                }
                log(format_args!("{error:#}"));
                self.not_before = Instant::now() + SHORT_LIFE;
                self.take_back_reload();
                break;
            }
        }
        if there > self.count {
            // The ones that came last: the others have warmed up.
            let spare = self.current().map(|member| member.number).skip(self.count);
            let spare: Vec<_> = spare.collect();
            self.dismiss(|member| spare.contains(&member.number));
        }
        // Of a new generation all are there: the old one may leave.
        let ready = self.current().filter(|member| member.state == State::Ready).count();
        if ready >= self.count {
            let generation = self.generation;
            self.dismiss(|member| member.generation != generation);
        }
        Ok(())
    }

    /// Workers of a new generation do not start. If there are old ones that were to leave when
    /// these are ready, they stay.
    fn take_back_reload(&mut self) {
        let stay = self.members.iter().filter(|member| !member.leaves());
        let before = stay.map(|member| member.generation).find(|one| *one != self.generation);
        if let Some(before) = before {
            log("the new workers do not start: the old ones stay");
            let new = self.generation;
            self.dismiss(|member| member.generation == new);
            self.generation = before;
        }
    }

    fn start(&mut self) -> Result<()> {
        let (control, theirs) = UnixStream::pair()?;
        let listener = self.listener.as_ref().context("the master stops")?.try_clone()?;
        let child = (self.command)()
            .stdin(Stdio::from(OwnedFd::from(listener)))
            .stdout(Stdio::from(OwnedFd::from(theirs)))
            // Else Ctrl-C would reach it, too, and not only us.
            .process_group(0)
            .spawn()
            .context("cannot start a worker")?;
        let number = self.next;
        self.next += 1;
        let (mut reports, events) = (control.try_clone()?, self.sender.clone());
        thread::Builder::new().spawn(move || {
            let mut byte = [0];
            // When it is killed, the system closes the channel for it. (Not `read`, which returns
            // when it was interrupted: that is no end.)
            while reports.read_exact(&mut byte).is_ok() {
                if byte == [READY] {
                    let _ = events.send(Event::Ready(number));
                }
            }
            let _ = events.send(Event::Gone(number));
        })?;
        let (since, state, generation) = (Instant::now(), State::Starting, self.generation);
        self.members.push(Member { number, generation, child, control, since, state });
        Ok(())
    }

    /// A worker is ready.
    fn ready(&mut self, number: u64) {
        let member = self.members.iter_mut().find(|member| member.number == number);
        let Some(member) = member.filter(|member| member.state == State::Starting) else { return };
        member.state = State::Ready;
        log(format_args!("worker {} is ready", member.child.id()));
        self.has_begun = true;
    }

    /// Lets workers leave.
    fn dismiss(&mut self, is_meant: impl Fn(&Member) -> bool) {
        let until = Instant::now() + self.stop_time;
        for member in self.members.iter_mut().filter(|member| is_meant(member)) {
            if !member.leaves() {
                member.state = State::Leaving(until);
                // It fails if the worker is dead.
                let _ = member.control.shutdown(Shutdown::Write);
            }
        }
    }

    /// A worker has ended.
    fn gone(&mut self, number: u64, stops: bool) -> Result<()> {
        let place = self.members.iter().position(|member| member.number == number);
        let Some(mut member) = place.map(|place| self.members.remove(place)) else { return Ok(()) };
        // It may have closed its standard output and live on.
        member.kill();
        let status = member.child.wait()?;
        let pid = member.child.id();
        if member.leaves() || stops {
            log(format_args!("worker {pid} has left"));
            return Ok(());
        }
        log(format_args!("worker {pid} has ended: {status}"));
        self.not_before = self.not_before.max(member.since + SHORT_LIFE);
        if member.state == State::Starting && member.generation == self.generation {
            if !self.has_begun {
                bail!("the workers end before they are ready");
            }
            self.take_back_reload();
        }
        Ok(())
    }

    /// Kills those who should have left by now.
    fn kill_late(&mut self) {
        let now = Instant::now();
        for member in &mut self.members {
            if matches!(member.state, State::Leaving(until) if until <= now) {
                member.kill();
                // Once is enough: that it is gone, its channel will tell.
                member.kill_at(now + SHORT_LIFE);
            }
        }
    }
}

impl Member {
    fn leaves(&self) -> bool {
        matches!(self.state, State::Leaving(_))
    }

    fn kill_at(&mut self, at: Instant) {
        self.state = State::Leaving(at);
    }

    fn kill(&self) {
        // It fails if it has ended; its number is its own as long as nobody has waited for it.
        let _ = kill_process(Pid::from_child(&self.child), Signal::KILL);
    }
}
