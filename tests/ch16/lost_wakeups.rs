//! A scheduler that is as unpleasant as it may be. By a seed it polls too late, twice and for
//! nothing, each time with another waker, and lets a wake-up come later than it was made. Whoever
//! forgets one waits for ever, and that is found: nothing happens here by chance.

use super::by_hand::{Run, others_first};
use super::simulated_system::{Client, RULES, Rules, Simulated};
use ch16::{Clock, Either, Handle, Receiver, Sender, Stop, Stream, join, oneshot, select};
use mock::{Seed, assert_bytes};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// How many runs each program has under each of the rules. In an exercise somebody waits for them.
const RUNS: usize = match env!("CARGO_PKG_NAME").as_bytes() {
    b"ch16" => 300,
    _ => 20,
};

/// Where the futures of a run draw, and the wake-ups that come later.
#[derive(Clone)]
struct Chance {
    seed: Rc<RefCell<Seed>>,
    late: Arc<Mutex<Vec<Waker>>>,
}

impl Chance {
    fn number(&self, at_most: usize) -> usize {
        self.seed.borrow_mut().number(0..=at_most)
    }

    fn draws(&self, one_of: usize) -> bool {
        self.number(one_of - 1) == 0
    }

    fn time(&self) -> Duration {
        Duration::from_millis(self.number(20) as u64)
    }

    fn unsteady<F: Future>(&self, future: F) -> Unsteady<F> {
        Unsteady { future: Box::pin(future), chance: self.clone() }
    }

    /// Lets some of the late wake-ups come. Returns whether there were any.
    fn wake_late(&self) -> bool {
        let mut late = std::mem::take(&mut *self.late.lock().unwrap());
        let were_any = !late.is_empty();
        while !late.is_empty() {
            late.swap_remove(self.number(late.len() - 1)).wake();
            if self.draws(3) {
                break;
            }
        }
        self.late.lock().unwrap().append(&mut late);
        were_any
    }
}

/// A future whose turn comes as the seed wants it.
struct Unsteady<F> {
    future: Pin<Box<F>>,
    chance: Chance,
}

/// A waker that is another one each time, and may be late.
struct Relay {
    waker: Waker,
    late: Option<Arc<Mutex<Vec<Waker>>>>,
}

impl Wake for Relay {
    fn wake(self: Arc<Self>) {
        match &self.late {
            Some(late) => late.lock().unwrap().push(self.waker.clone()),
            None => self.waker.wake_by_ref(),
        }
    }
}

impl<F: Future> Future for Unsteady<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let chance = self.chance.clone();
        if chance.draws(3) {
            context.waker().wake_by_ref();
            return Poll::Pending; // the others first
        }
        if chance.draws(4)
            && let ready @ Poll::Ready(_) =
                self.future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
        {
            return ready;
        }
        let late = chance.draws(2).then(|| Arc::clone(&chance.late));
        let waker = match chance.draws(3) {
            true => context.waker().clone(),
            false => Waker::from(Arc::new(Relay { waker: context.waker().clone(), late })),
        };
        let polled = self.future.as_mut().poll(&mut Context::from_waker(&waker));
        if polled.is_pending() && chance.draws(5) {
            context.waker().wake_by_ref();
        }
        polled
    }
}

/// A run of a program.
struct World {
    run: Run,
    chance: Chance,
    /// Who it is, for whom it fails.
    name: String,
    /// Clients, what they have to send, and whether they have finished.
    clients: Vec<(Client, VecDeque<u8>, bool)>,
    ended: Rc<Cell<usize>>,
    tasks: usize,
}

impl World {
    fn new(rules: Rules, number: u64) -> Self {
        let run = Run::new(rules);
        let mut seed = Seed::of(number);
        if seed.number(1..=2) == 1 {
            run.system.disturb(Seed::of(number + 1));
        }
        let chance = Chance { seed: Rc::new(RefCell::new(seed)), late: Arc::default() };
        let (name, ended) = (format!("{rules:?}, seed {number}"), Rc::default());
        Self { run, chance, name, clients: Vec::new(), ended, tasks: 0 }
    }

    fn spawn(&mut self, future: impl Future<Output = ()> + 'static) {
        let ended = Rc::clone(&self.ended);
        self.tasks += 1;
        self.run.handle.spawn(self.chance.unsteady(async move {
            future.await;
            ended.set(ended.get() + 1);
        }));
    }

    /// A connection whose client sends this, piece by piece.
    fn pair(&mut self, bytes: Vec<u8>) -> (Stream<Simulated>, Client) {
        let (stream, client) = self.run.system.pair();
        self.clients.push((client.clone(), bytes.into(), false));
        (self.run.handle.stream(stream, None).unwrap(), client)
    }

    /// Lets the clients go on; all of them if they must.
    fn clients_go_on(&mut self, must: bool) -> bool {
        let mut has_moved = false;
        for (client, rest, has_finished) in &mut self.clients {
            if must || self.chance.draws(4) {
                has_moved |= !*has_finished;
                let count = self.chance.number(9).min(rest.len());
                client.send(rest.drain(..count).collect::<Vec<_>>()).take(self.chance.number(9));
                if rest.is_empty() {
                    client.finish().take(usize::MAX);
                    *has_finished = true;
                }
            }
        }
        has_moved
    }

    /// Until all tasks have ended. If nothing can happen any more before, a wake-up was lost.
    fn run_to_the_end(&mut self) {
        for _ in 0..100_000 {
            if self.run.executor.tasks() == 0 {
                assert_eq!(self.ended.get(), self.tasks, "{}: a task has panicked", self.name);
                return;
            }
            let is_at_rest = self.run.system.turn(&mut self.run.executor);
            self.clients_go_on(false);
            let was_late = (is_at_rest || self.chance.draws(3)) && self.chance.wake_late();
            if was_late || !is_at_rest {
                continue;
            }
            if !self.clients_go_on(true) {
                match self.run.run() {
                    Some(time) => drop(self.run.pass(time)),
                    None if self.chance.wake_late() => {}
                    None => assert_eq!(self.run.executor.tasks(), 0, "{}: lost", self.name),
                }
            }
        }
        panic!("{}: it does not end", self.name);
    }
}

/// Runs `program` under each of the rules, by hundreds of seeds.
fn each_run(program: impl Fn(&mut World) -> Box<dyn FnOnce()>) {
    let mut seed = Seed::new();
    for rules in RULES {
        for _ in 0..RUNS {
            let mut world = World::new(rules, seed.number(0..=1_000_000_000) as u64);
            let check = program(&mut world);
            world.run_to_the_end();
            assert_eq!(world.run.handle.clock().sleepers(), 0, "{}", world.name);
            check();
        }
    }
}

struct Ball {
    hits: u32,
    back: Sender<Ball>,
}

/// Hits the ball that comes, until it was hit so often.
async fn play(chance: Chance, mut comes: Receiver<Ball>, until: u32) {
    while let Some(Ball { hits, back }) = chance.unsteady(&mut comes).await {
        let (sender, receiver) = oneshot();
        comes = receiver;
        if hits < until {
            back.send(Ball { hits: hits + 1, back: sender });
        }
    }
}

#[test]
fn a_ball_that_is_played_is_not_lost() {
    each_run(|world| {
        for _ in 0..2 {
            let [(serve, first), (to_second, second)] = [oneshot(), oneshot()];
            serve.send(Ball { hits: 0, back: to_second });
            for comes in [first, second] {
                let chance = world.chance.clone();
                world.spawn(play(chance, comes, 20));
            }
        }
        Box::new(|| ())
    });
}

/// Waits for a value with a patience that ends again and again, and begins anew.
async fn impatient(chance: Chance, clock: Clock, mut receiver: Receiver<u32>, sum: Rc<Cell<u32>>) {
    loop {
        let sleep = chance.unsteady(clock.sleep(chance.time()));
        if let Either::First(value) = select(chance.unsteady(&mut receiver), sleep).await {
            return sum.set(sum.get() + value.unwrap());
        }
    }
}

#[test]
fn what_somebody_waits_for_again_and_again_is_not_lost() {
    each_run(|world| {
        let sum = Rc::new(Cell::new(0));
        for number in 1..=4 {
            let (chance, clock) = (world.chance.clone(), world.run.handle.clock().clone());
            let (sender, receiver) = oneshot();
            world.spawn(impatient(chance.clone(), clock.clone(), receiver, Rc::clone(&sum)));
            world.spawn(async move {
                clock.sleep(chance.time() * 3).await;
                let slow = chance.unsteady(clock.sleep(chance.time()));
                let endless = std::future::pending::<()>();
                join(slow, clock.timeout(chance.time(), chance.unsteady(endless))).await;
                sender.send(number);
            });
        }
        Box::new(move || assert_eq!(sum.get(), 10))
    });
}

/// So many may be in it at once; the others wait in a row.
#[derive(Default)]
struct Semaphore {
    permits: Cell<usize>,
    waiting: RefCell<VecDeque<Sender<()>>>,
}

impl Semaphore {
    async fn acquire(&self, chance: &Chance) {
        if self.permits.get() > 0 {
            return self.permits.set(self.permits.get() - 1);
        }
        let (sender, receiver) = oneshot();
        self.waiting.borrow_mut().push_back(sender);
        chance.unsteady(receiver).await.expect("nobody throws it away");
    }

    fn release(&self) {
        match self.waiting.borrow_mut().pop_front() {
            Some(next) => next.send(()),
            None => self.permits.set(self.permits.get() + 1),
        }
    }
}

#[test]
fn whoever_waits_for_a_permit_has_it_in_the_end() {
    each_run(|world| {
        let (semaphore, inside) = (Rc::new(Semaphore::default()), Rc::new(Cell::new(0)));
        let permits = 1 + world.chance.number(2);
        semaphore.permits.set(permits);
        for _ in 0..6 {
            let (chance, clock) = (world.chance.clone(), world.run.handle.clock().clone());
            let (semaphore, inside) = (Rc::clone(&semaphore), Rc::clone(&inside));
            world.spawn(async move {
                for _ in 0..3 {
                    semaphore.acquire(&chance).await;
                    inside.set(inside.get() + 1);
                    assert!(inside.get() <= permits);
                    match chance.draws(2) {
                        true => chance.unsteady(others_first()).await,
                        false => clock.sleep(chance.time()).await,
                    }
                    inside.set(inside.get() - 1);
                    semaphore.release();
                }
            });
        }
        Box::new(move || assert_eq!(semaphore.permits.get(), permits))
    });
}

/// Echoes, and gives up each wait after a while, to begin it anew.
async fn impatient_echo(chance: Chance, clock: Clock, stream: Stream<Simulated>) {
    let mut bytes = Vec::new();
    loop {
        let read = chance.unsteady(stream.read(&mut bytes));
        let is_end = match clock.timeout(chance.time(), read).await {
            Some(count) => count.unwrap() == 0,
            None => false,
        };
        while !bytes.is_empty() {
            let write = chance.unsteady(stream.write(&bytes));
            if let Some(count) = clock.timeout(chance.time(), write).await {
                bytes.drain(..count.unwrap());
            }
        }
        if is_end {
            return stream.close().await;
        }
    }
}

#[test]
fn of_what_a_client_sends_to_an_impatient_echo_nothing_is_lost() {
    each_run(|world| {
        let mut all = Vec::new();
        for _ in 0..2 {
            let count = world.chance.number(60);
            let bytes = world.chance.seed.borrow_mut().bytes(count);
            let (stream, client) = world.pair(bytes.clone());
            client.take_only(world.chance.number(20));
            let (chance, clock) = (world.chance.clone(), world.run.handle.clock().clone());
            world.spawn(impatient_echo(chance, clock, stream));
            all.push((client, bytes));
        }
        let name = world.name.clone();
        Box::new(move || {
            for (client, bytes) in all {
                assert_bytes!(client.got(), bytes, "{name}");
                assert!(client.is_closed());
            }
        })
    });
}

/// Makes tasks that make tasks, and adds up what they return.
fn tree(
    chance: Chance,
    handle: Handle<Simulated>,
    depth: u32,
) -> Pin<Box<dyn Future<Output = u32>>> {
    Box::pin(async move {
        if depth == 0 {
            return 1;
        }
        let branch = || {
            let branch = tree(chance.clone(), handle.clone(), depth - 1);
            chance.unsteady(handle.spawn(chance.unsteady(branch)))
        };
        let (one, other) = join(branch(), branch()).await;
        one.unwrap() + other.unwrap()
    })
}

#[test]
fn what_tasks_of_tasks_return_is_not_lost_and_a_stop_ends_who_waits_for_it() {
    each_run(|world| {
        let (stop, leaves) = (Stop::default(), Rc::new(Cell::new(0)));
        let (chance, handle) = (world.chance.clone(), world.run.handle.clone());
        let (its, count) = (stop.clone(), Rc::clone(&leaves));
        world.spawn(async move {
            count.set(tree(chance, handle, 4).await);
            its.request();
        });
        let (chance, clock) = (world.chance.clone(), world.run.handle.clock().clone());
        world.spawn(async move {
            loop {
                let requested = chance.unsteady(stop.requested());
                if let Either::First(()) = select(requested, clock.sleep(chance.time())).await {
                    return;
                }
            }
        });
        Box::new(move || assert_eq!(leaves.get(), 16))
    });
}
