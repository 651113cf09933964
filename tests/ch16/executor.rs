//! Tasks.

use super::by_hand::{Heard, Run, others_first};
use super::simulated_system::Rules;
use super::{MINUTE, in_time};
use ch16::{Executor, Handle, Mio, Pool, Receiver, System, oneshot, select, spawn_blocking};
use mock::{Events, Gate, alone};
use std::cell::{Cell, RefCell};
use std::future::{self, poll_fn};
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

fn executor() -> Run {
    Run::new(Rules::Epoll)
}

/// What a receiver has, of a task that has ended.
fn value<T>(mut receiver: Receiver<T>) -> Poll<Option<T>> {
    Pin::new(&mut receiver).poll(&mut Context::from_waker(Waker::noop()))
}

/// A task that waits for nothing: its waker, and how often it was polled.
fn waiting(run: &mut Run) -> (Waker, Rc<Cell<usize>>) {
    let polls: Rc<Cell<usize>> = Rc::default();
    let waker: Rc<RefCell<Option<Waker>>> = Rc::default();
    let (its, keep) = (Rc::clone(&polls), Rc::clone(&waker));
    run.spawn(poll_fn(move |context| {
        its.set(its.get() + 1);
        *keep.borrow_mut() = Some(context.waker().clone());
        Poll::Pending
    }));
    assert_eq!(polls.replace(0), 1);
    (waker.take().expect("it was polled"), polls)
}

#[test]
fn a_task_is_polled_when_it_was_woken_and_never_else() {
    let mut run = executor();
    let (first, second) = (waiting(&mut run), waiting(&mut run));
    run.run();
    run.pass(MINUTE);
    assert_eq!((first.1.get(), second.1.get()), (0, 0));
    first.0.wake_by_ref();
    run.run();
    assert_eq!((first.1.get(), second.1.get()), (1, 0));
    // Who was woken is polled when the loop has its turn, and not by the one who wakes.
    second.0.wake_by_ref();
    assert_eq!(second.1.get(), 0);
    run.turn();
    assert_eq!((first.1.get(), second.1.get()), (1, 1));
}

#[test]
fn a_task_that_is_woken_twice_is_polled_once_and_when_it_is_woken_again_again() {
    let mut run = executor();
    let (waker, polls) = waiting(&mut run);
    for round in 1..5 {
        let [clone, remote] = [waker.clone(), waker.clone()];
        waker.wake_by_ref();
        clone.wake();
        thread::spawn(move || remote.wake()).join().unwrap();
        run.run();
        assert_eq!(polls.get(), round);
    }
}

#[test]
fn who_is_woken_while_it_is_polled_is_polled_again() {
    let by_itself: fn(&Waker) = Waker::wake_by_ref;
    let by_another: fn(&Waker) = |waker| {
        let waker = waker.clone();
        thread::spawn(move || waker.wake()).join().unwrap();
    };
    for wake in [by_itself, by_another] {
        let (mut run, heard) = (executor(), Heard::default());
        let its = heard.clone();
        let mut left = 3;
        run.spawn(poll_fn(move |context| {
            its.add("polled");
            if left == 0 {
                return Poll::Ready(());
            }
            left -= 1;
            wake(context.waker());
            Poll::Pending
        }));
        assert_eq!((heard.take().len(), run.executor.tasks()), (4, 0));
    }
}

#[test]
fn each_task_that_was_woken_is_polled_once_a_turn() {
    let (mut run, heard) = (executor(), Heard::default());
    for name in ["a", "b", "c"] {
        let its = heard.clone();
        run.handle.spawn(async move {
            loop {
                its.add(name);
                others_first().await;
            }
        });
    }
    for _ in 0..5 {
        run.turn();
        let mut polled = heard.take();
        polled.sort();
        assert_eq!(polled, ["a", "b", "c"]);
    }
}

#[test]
fn a_waker_may_be_used_when_its_task_has_ended_and_when_the_executor_is_gone() {
    let mut run = executor();
    let waker: Rc<RefCell<Option<Waker>>> = Rc::default();
    let keep = Rc::clone(&waker);
    run.spawn(poll_fn(move |context| {
        *keep.borrow_mut() = Some(context.waker().clone());
        Poll::Ready(())
    }));
    let waker = waker.take().unwrap();
    waker.wake_by_ref();
    let (other, polls) = waiting(&mut run);
    waker.wake_by_ref();
    let remote = waker.clone();
    thread::spawn(move || remote.wake()).join().unwrap();
    run.run();
    assert_eq!((polls.get(), run.executor.tasks()), (0, 1));
    drop(run);
    for waker in [waker, other] {
        waker.wake_by_ref();
        thread::spawn(move || waker.wake()).join().unwrap();
    }
}

// Tasks come and go

#[test]
fn what_a_task_returns_can_be_awaited_and_need_not_be() {
    let mut run = executor();
    let (early, late) = (run.handle.spawn(async { "early" }), run.handle.spawn(async { "late" }));
    let kept = run.handle.spawn(async move { (early.await, late.await) });
    drop(run.handle.spawn(async { "nobody asks" }));
    assert_eq!(run.executor.tasks(), 4);
    run.run();
    assert_eq!(
        (value(kept), run.executor.tasks()),
        (Poll::Ready(Some((Some("early"), Some("late")))), 0)
    );
}

#[test]
fn a_task_whose_receiver_is_dropped_runs_to_its_end() {
    let (mut run, heard) = (executor(), Heard::default());
    let its = heard.clone();
    drop(run.handle.spawn(async move {
        others_first().await;
        its.add("done");
    }));
    run.run();
    assert_eq!(heard.take(), ["done"]);
}

#[test]
fn tasks_make_tasks() {
    fn tree(
        handle: Handle<impl System + 'static>,
        depth: u32,
    ) -> Pin<Box<dyn Future<Output = u32>>> {
        Box::pin(async move {
            if depth == 0 {
                return 1;
            }
            let both = [(); 2].map(|()| handle.spawn(tree(handle.clone(), depth - 1)));
            let mut leaves = 0;
            for receiver in both {
                leaves += receiver.await.expect("it does not panic");
            }
            leaves
        })
    }
    let mut run = executor();
    let leaves = run.handle.spawn(tree(run.handle.clone(), 6));
    run.run();
    assert_eq!((value(leaves), run.executor.tasks()), (Poll::Ready(Some(64)), 0));
}

#[test]
fn a_task_is_not_run_by_the_one_who_makes_it() {
    let (mut run, heard) = (executor(), Heard::default());
    let (handle, its) = (run.handle.clone(), heard.clone());
    run.spawn(async move {
        let inner = its.clone();
        let made = handle.spawn(async move { inner.add("made") });
        its.add("made it");
        made.await;
    });
    assert_eq!(heard.take(), ["made it", "made"]);
}

#[test]
fn a_task_that_has_ended_has_nothing_left() {
    let (mut run, owned) = (executor(), Rc::new(()));
    for panics in [false, true] {
        let its = Rc::clone(&owned);
        let ended = run.handle.spawn(async move {
            others_first().await;
            assert!(!panics, "no soup today");
            drop(its);
        });
        run.run();
        assert_eq!((Rc::strong_count(&owned), run.executor.tasks()), (1, 0));
        assert_eq!(value(ended), Poll::Ready((!panics).then_some(())));
    }
}

#[test]
fn run_returns_what_its_task_returns_while_others_remain() {
    let (mut run, owned) = (executor(), Rc::new(()));
    let its = Rc::clone(&owned);
    let (handle, clock) = (run.handle.clone(), run.handle.clock().clone());
    let answer = run.executor.run(async move {
        handle.spawn(async move {
            clock.sleep(MINUTE).await;
            drop(its);
        });
        others_first().await;
        "done"
    });
    assert_eq!(answer.unwrap(), "done");
    assert_eq!((run.executor.tasks(), run.handle.clock().sleepers()), (1, 1));
    // It goes on when the executor does.
    let again = run.executor.run(async { 2 });
    assert_eq!((again.unwrap(), Rc::strong_count(&owned)), (2, 2));
    run.pass(MINUTE);
    assert_eq!((run.executor.tasks(), Rc::strong_count(&owned)), (0, 1));
}

#[test]
fn who_runs_a_task_that_panics_hears_of_it() {
    let mut run = executor();
    let outcome: anyhow::Result<()> = run.executor.run(async { panic!("no soup today") });
    assert!(outcome.is_err_and(|error| error.to_string().contains("panicked")));
    assert_eq!(run.executor.run(async { "and can go on" }).unwrap(), "and can go on");
}

#[test]
fn who_runs_in_a_system_that_fails_has_its_error() {
    let mut run = executor();
    run.system.break_down();
    let error = run.executor.run(future::pending::<()>()).unwrap_err();
    let error = error.downcast_ref::<io::Error>().expect("the system's");
    assert_eq!(error.kind(), ErrorKind::Other);
}

#[test]
fn ten_thousand_tasks_sleep_and_end() {
    let (mut run, ended) = (executor(), Rc::new(Cell::new(0)));
    for number in 0..10_000 {
        let (clock, ended) = (run.handle.clock().clone(), Rc::clone(&ended));
        run.handle.spawn(async move {
            clock.sleep(MINUTE + Duration::from_nanos(number)).await;
            ended.set(ended.get() + 1);
        });
    }
    run.run();
    assert_eq!((run.executor.tasks(), run.handle.clock().sleepers()), (10_000, 10_000));
    run.system.move_on(MINUTE + Duration::from_nanos(4_999));
    run.run();
    assert_eq!((run.executor.tasks(), ended.get()), (5_000, 5_000));
    run.pass(MINUTE);
    assert_eq!((run.executor.tasks(), ended.get()), (0, 10_000));
}

#[test]
fn tasks_are_dropped_with_their_executor_whether_they_have_begun_or_not() {
    for turns in 0..3 {
        let (mut run, owned) = (executor(), Rc::new(()));
        let (sender, receiver) = oneshot::<()>();
        let mut made = Vec::new();
        for _ in 0..3 {
            // They have a handle, and the handle has them.
            let (handle, its) = (run.handle.clone(), Rc::clone(&owned));
            made.push(run.handle.spawn(async move {
                let inner = Rc::clone(&its);
                handle.spawn(async move {
                    future::pending::<()>().await;
                    drop(inner);
                });
                handle.clock().sleep(MINUTE).await;
                drop(its);
            }));
        }
        (0..turns).for_each(|_| run.turn());
        assert!(Rc::strong_count(&owned) > 3);
        let Run { executor, handle, .. } = run;
        let clock = handle.clock().clone();
        drop(executor);
        assert_eq!((Rc::strong_count(&owned), clock.sleepers()), (1, 0), "after {turns} turns");
        for receiver in made {
            assert_eq!(value(receiver), Poll::Ready(None));
        }
        drop((handle, sender, receiver));
    }
}

#[test]
fn an_executor_that_is_gone_has_closed_its_system() {
    let (run, watched) = (executor(), Rc::new(()));
    let Run { executor, handle, system } = run;
    let (stream, client) = system.pair();
    let (its, of_task) = (Rc::clone(&watched), handle.clone());
    handle.spawn(async move {
        let stream = of_task.stream(stream, None).unwrap();
        let _ = stream.read(&mut Vec::new()).await;
        drop(its);
    });
    let mut executor = executor;
    system.run(&mut executor);
    drop(handle);
    assert!(!client.is_closed());
    drop(executor);
    assert!(client.is_closed() && Rc::strong_count(&watched) == 1);
}

// Panics

/// Panics when it is dropped, unless that is because of a panic.
struct Mine;

impl Drop for Mine {
    fn drop(&mut self) {
        assert!(thread::panicking(), "a mine goes off");
    }
}

#[test]
fn a_task_that_panics_is_logged_and_ends_alone() {
    let test = "a_task_that_panics_is_logged_and_ends_alone";
    let log = alone(module_path!(), test, &[], || {
        let (mut run, heard) = (executor(), Heard::default());
        let at_once = run.handle.spawn(async { panic!("no soup today") });
        let later = run.handle.spawn(async {
            others_first().await;
            panic!("no soup tomorrow");
        });
        let at_the_end = run.handle.spawn(async {
            let _mine = Mine;
            others_first().await;
        });
        let loser = run.handle.spawn(async {
            let mine = async {
                let _mine = Mine;
                future::pending::<()>().await;
            };
            select(mine, others_first()).await;
        });
        let its = heard.clone();
        run.handle.spawn(async move {
            for _ in 0..5 {
                others_first().await;
            }
            its.add("still there");
        });
        run.run();
        assert_eq!((heard.take(), run.executor.tasks()), (vec!["still there".to_owned()], 0));
        assert_eq!((value(at_once), value(later)), (Poll::Ready(None), Poll::Ready(None)));
        assert!(value(at_the_end).is_ready() && value(loser).is_ready());
    });
    let Some(log) = log else { return };
    for (what, count) in [("no soup today", 1), ("no soup tomorrow", 1), ("a mine goes off", 2)] {
        let told =
            log.lines().filter(|line| line.starts_with("panicked at") && line.ends_with(what));
        assert_eq!(told.count(), count, "{log}");
    }
}

// Fairness

#[test]
fn who_wakes_itself_for_ever_keeps_neither_sockets_nor_timers_nor_tasks_waiting() {
    for (rules, mut run) in Run::each() {
        let heard = Heard::default();
        run.handle.spawn(async {
            loop {
                others_first().await;
            }
        });
        let (stream, client) = run.system.pair();
        let (handle, its) = (run.handle.clone(), heard.clone());
        run.handle.spawn(async move {
            let stream = handle.stream(stream, None).unwrap();
            stream.read(&mut Vec::new()).await.unwrap();
            its.add("read");
        });
        let (clock, its) = (run.handle.clock().clone(), heard.clone());
        run.handle.spawn(async move {
            clock.sleep(MINUTE).await;
            its.add("slept");
        });
        (0..3).for_each(|_| run.turn());
        assert_eq!(heard.take(), [""; 0]);
        client.send("hello");
        (0..2).for_each(|_| run.turn());
        assert_eq!(heard.take(), ["read"], "{rules:?}");
        run.system.move_on(MINUTE);
        (0..2).for_each(|_| run.turn());
        assert_eq!(heard.take(), ["slept"], "{rules:?}");
    }
}

// Other threads

#[test]
fn a_loop_that_waits_is_woken_by_another_thread_and_one_that_does_not_wait_notices_too() {
    for is_busy in [false, true] {
        in_time(move || {
            let mut executor = Executor::new(Mio::new().unwrap());
            let (to_thread, orders) = mpsc::channel::<ch16::Sender<u32>>();
            let thread = thread::spawn(move || {
                for (number, sender) in (0..).zip(orders) {
                    sender.send(number);
                }
            });
            if is_busy {
                executor.handle().spawn(async {
                    loop {
                        others_first().await;
                    }
                });
            }
            let heard = executor.run(async move {
                let mut heard = Vec::new();
                for _ in 0..200 {
                    let (sender, receiver) = oneshot();
                    to_thread.send(sender).unwrap();
                    heard.extend(receiver.await);
                }
                heard
            });
            assert_eq!(heard.unwrap(), (0..200).collect::<Vec<_>>());
            thread.join().unwrap();
        });
    }
}

#[test]
fn many_threads_wake_many_tasks() {
    in_time(|| {
        let mut executor = Executor::new(Mio::new().unwrap());
        let handle = executor.handle().clone();
        let sum = executor.run(async move {
            let mut received = Vec::new();
            let mut senders: Vec<Vec<_>> = (0..4).map(|_| Vec::new()).collect();
            for number in 0..1000 {
                let (sender, receiver) = oneshot();
                senders[number % 4].push((number, sender));
                received.push(handle.spawn(async move { receiver.await.unwrap() }));
            }
            for senders in senders {
                thread::spawn(|| {
                    senders.into_iter().for_each(|(number, sender)| sender.send(number))
                });
            }
            let mut sum = 0;
            for receiver in received {
                sum += receiver.await.unwrap();
            }
            sum
        });
        assert_eq!(sum.unwrap(), 1000 * 999 / 2);
    });
}

#[test]
fn the_system_is_woken_by_the_first_of_other_threads_and_not_by_its_own() {
    let mut run = executor();
    let (first, second) = (waiting(&mut run), waiting(&mut run));
    let wake_from_afar = |waker: &Waker| {
        let waker = waker.clone();
        thread::spawn(move || waker.wake()).join().unwrap();
    };
    first.0.wake_by_ref();
    assert!(!run.system.take_wake(), "it does not wait");
    wake_from_afar(&second.0);
    assert!(!run.system.take_wake(), "nor will it");
    run.run();
    assert_eq!((first.1.replace(0), second.1.replace(0)), (1, 1));
    wake_from_afar(&first.0);
    assert!(run.system.take_wake());
    wake_from_afar(&second.0);
    assert!(!run.system.take_wake(), "it is woken already");
    run.run();
    assert_eq!((first.1.get(), second.1.get()), (1, 1));
}

// Jobs that wait

fn pool(workers: usize, queue: usize) -> Pool<'static> {
    Pool::detached(workers, queue).unwrap()
}

#[test]
fn what_a_worker_has_done_is_awaited_and_the_loop_goes_on_meanwhile() {
    let (mut run, heard, gate) = (executor(), Heard::default(), Gate::new());
    let (its, job, pool) = (heard.clone(), gate.clone(), pool(1, 1));
    run.handle.spawn(async move {
        let job = move || {
            job.wait();
            (thread::current().id(), 7)
        };
        let (thread, answer) = spawn_blocking(&pool, job).unwrap().await.unwrap();
        assert_ne!(thread, thread::current().id());
        its.add(answer.to_string());
    });
    let (clock, its) = (run.handle.clock().clone(), heard.clone());
    run.spawn(async move {
        clock.sleep(MINUTE).await;
        its.add("meanwhile");
    });
    run.pass(MINUTE);
    assert_eq!(heard.take(), ["meanwhile"]);
    gate.open();
    let Run { system, executor, .. } = &mut run;
    system.run_until(executor, || !heard.is_empty());
    assert_eq!(heard.take(), ["7"]);
}

#[test]
fn a_job_that_panics_gives_nothing_and_its_worker_goes_on() {
    let (mut run, pool) = (executor(), pool(1, 2));
    let panics = spawn_blocking(&pool, || panic!("no soup today")).unwrap();
    let next = spawn_blocking(&pool, || "fine").unwrap();
    let both = run.handle.spawn(async move { (panics.await, next.await) });
    run.run_to_the_end();
    assert_eq!(value(both), Poll::Ready(Some((None::<()>, Some("fine")))));
}

#[test]
fn where_too_many_jobs_wait_another_one_is_not_taken() {
    let (pool, gate, begun) = (pool(1, 1), Gate::new(), Events::new());
    let (its, log) = (gate.clone(), begun.clone());
    let busy = spawn_blocking(&pool, move || {
        log.log("begins");
        its.wait();
    });
    begun.wait_for("begins");
    let queued = spawn_blocking(&pool, || "queued");
    let owned = Arc::new(());
    let its = Arc::clone(&owned);
    assert!(spawn_blocking(&pool, move || drop(its)).is_none());
    assert_eq!(Arc::strong_count(&owned), 1, "it is dropped, and not done later");
    gate.open();
    let mut run = executor();
    let both = run.handle.spawn(async move { (busy.unwrap().await, queued.unwrap().await) });
    run.run_to_the_end();
    assert_eq!(value(both), Poll::Ready(Some((Some(()), Some("queued")))));
}
