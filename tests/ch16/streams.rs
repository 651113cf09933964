//! Connections for tasks, in a simulated system.

use super::by_hand::{ByHand, Heard, Run, others_first};
use super::simulated_system::{Client, RULES, Rules, Simulated};
use super::{MINUTE, in_time, no_listener};
use ch16::{
    DRAIN_BYTES, DRAIN_TIME, Either, Executor, Handle, Listener, Mio, Ready, Stream, echo, fetch,
    join, select,
};
use mock::{Ending, Seed, TcpClient, assert_bytes};
use std::cell::{Cell, RefCell};
use std::future;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::thread;
use std::time::Duration;

type TestStream = Stream<Simulated>;

/// A connection: the task's side, and the client's.
fn pair(run: &Run) -> (TestStream, Client) {
    let (stream, client) = run.system.pair();
    (run.handle.stream(stream, None).unwrap(), client)
}

/// Notes each read until there is an end or an error.
async fn read_all(stream: &TestStream, heard: Heard) {
    loop {
        let mut bytes = b"> ".to_vec();
        match stream.read(&mut bytes).await {
            Ok(0) => return heard.add("end"),
            Ok(count) => {
                assert_eq!(count, bytes.len() - 2, "it appends");
                heard.add(bytes.escape_ascii().to_string());
            }
            Err(error) => return heard.add(format!("{:?}", error.kind())),
        }
    }
}

/// A hint that all is ready.
fn ready(token: usize) -> Ready {
    Ready { token, readable: true, writable: true, read_closed: true }
}

// Reading

#[test]
fn a_read_appends_what_has_come_and_returns_how_much_and_nothing_at_the_end() {
    for (rules, mut run) in Run::each() {
        let (heard, (stream, client)) = (Heard::default(), pair(&run));
        let its = heard.clone();
        run.spawn(async move {
            read_all(&stream, its.clone()).await;
            its.add(format!("{:?}", stream.read(&mut Vec::new()).await.unwrap()));
            future::pending().await
        });
        assert_eq!(heard.take(), [""; 0], "{rules:?}");
        for text in ["one", "two"] {
            client.send(text);
            run.run();
            assert_eq!(heard.take(), [format!("> {text}")], "{rules:?}");
        }
        client.finish();
        run.run();
        assert_eq!(heard.take(), ["end", "0"], "{rules:?}: and it stays so");
        assert!(!client.is_closed() && !client.is_finished());
    }
}

#[test]
fn the_end_is_noticed_that_came_in_one_event_with_the_last_bytes() {
    for (rules, mut run) in Run::each() {
        for resets in [false, true] {
            for comes_before in [false, true] {
                let (heard, (stream, client)) = (Heard::default(), pair(&run));
                let its = heard.clone();
                let read = async move { read_all(&stream, its).await };
                if !comes_before {
                    run.handle.spawn(read);
                    run.run();
                    client.send("last words");
                    end(&client, resets);
                } else {
                    client.send("last words");
                    end(&client, resets);
                    run.handle.spawn(read);
                }
                run.run();
                let expected: &[_] =
                    if resets { &["ConnectionReset"] } else { &["> last words", "end"] };
                assert_eq!(heard.take(), expected, "{rules:?}");
            }
        }
    }
}

/// The client has sent all, or is gone.
fn end(client: &Client, resets: bool) {
    if resets {
        client.reset();
    } else {
        client.finish();
    }
}

#[test]
fn what_comes_is_read_to_the_end_however_much_it_is() {
    let bytes = Seed::new().bytes(3_000_000);
    for (rules, mut run) in Run::each() {
        let (stream, client) = pair(&run);
        let got: Rc<RefCell<Vec<u8>>> = Rc::default();
        let its = Rc::clone(&got);
        run.spawn(async move {
            let mut all = Vec::new();
            while all.len() < 3_000_000 {
                stream.read(&mut all).await.unwrap();
            }
            its.replace(all);
        });
        client.send(&bytes);
        run.run();
        assert!(*got.borrow() == bytes, "{rules:?}");
    }
}

#[test]
fn on_unix_a_read_that_would_find_nothing_is_spared() {
    for rules in [Rules::Epoll, Rules::Kqueue] {
        let mut run = Run::new(rules);
        let (heard, (stream, client)) = (Heard::default(), pair(&run));
        let its = heard.clone();
        run.spawn(async move { read_all(&stream, its).await });
        for _ in 0..10 {
            let before = client.reads();
            client.send("hello");
            run.run();
            assert_eq!((heard.take().len(), client.reads() - before), (1, 1), "{rules:?}");
        }
    }
}

#[test]
fn a_read_that_is_dropped_has_taken_nothing() {
    let bytes = Seed::new().bytes(40);
    for (rules, mut run) in Run::each() {
        for split in 0..=bytes.len() {
            for dropped_before in [false, true] {
                let (stream, client) = pair(&run);
                let got: Rc<RefCell<Vec<u8>>> = Rc::default();
                let (its, clock) = (Rc::clone(&got), run.handle.clock().clone());
                run.spawn(async move {
                    let mut all = Vec::new();
                    loop {
                        // Each time something else comes first, or not.
                        let other = clock.sleep(Duration::from_millis(1));
                        let ended = match dropped_before {
                            true => match select(others_first(), stream.read(&mut all)).await {
                                Either::First(()) => None,
                                Either::Second(ended) => Some(ended),
                            },
                            false => match select(stream.read(&mut all), other).await {
                                Either::First(ended) => Some(ended),
                                Either::Second(()) => None,
                            },
                        };
                        its.borrow_mut().clone_from(&all);
                        if ended.is_some_and(|ended| ended.unwrap() == 0) {
                            return;
                        }
                        if dropped_before {
                            clock.sleep(Duration::from_millis(1)).await;
                        }
                    }
                });
                let millisecond = Duration::from_millis(1);
                run.pass(millisecond);
                client.send(&bytes[..split]);
                run.pass(millisecond);
                run.pass(millisecond);
                client.send(&bytes[split..]).finish();
                for _ in 0..4 {
                    run.pass(millisecond);
                }
                assert_eq!(run.executor.tasks(), 0, "{rules:?}");
                assert_bytes!(*got.borrow(), bytes, "{rules:?}, {split}");
            }
        }
    }
}

#[test]
fn who_waits_for_a_read_has_no_buffer_yet() {
    let (run, task) = (Run::new(Rules::Epoll), ByHand::new());
    let (stream, _client) = pair(&run);
    let mut bytes = Vec::new();
    assert!(task.poll(&mut Box::pin(stream.read(&mut bytes))).is_pending());
    assert_eq!(bytes.capacity(), 0);
}

#[test]
fn what_has_found_nothing_is_not_tried_again_before_there_is_news() {
    for (rules, mut run) in Run::each() {
        let ((stream, client), task, mut bytes) = (pair(&run), ByHand::new(), Vec::new());
        run.run(); // what was true when it was watched is told
        let mut read = Box::pin(stream.read(&mut bytes));
        assert!(task.poll(&mut read).is_pending());
        run.system.tell(ready(client.token()));
        run.run();
        let before = client.reads();
        for _ in 0..3 {
            assert!(task.poll(&mut read).is_pending());
        }
        assert_eq!(client.reads() - before, 1, "{rules:?}");
    }
}

#[test]
fn news_about_a_connection_that_was_dropped_wake_nobody() {
    let (mut run, task, mut bytes) = (Run::new(Rules::Epoll), ByHand::new(), Vec::new());
    let (stream, client) = pair(&run);
    run.run();
    assert!(task.poll(&mut Box::pin(stream.read(&mut bytes))).is_pending());
    let token = client.token();
    drop(stream);
    run.system.tell(ready(token));
    run.run();
    assert_eq!(task.wakes(), 0);
}

#[test]
fn who_waits_for_a_read_again_is_woken_and_not_who_did_before() {
    for (rules, run) in Run::each() {
        let ((stream, client), [first, second]) = (pair(&run), [ByHand::new(), ByHand::new()]);
        let mut run = run;
        let mut bytes = Vec::new();
        let mut read = Box::pin(stream.read(&mut bytes));
        assert!(first.poll(&mut read).is_pending() && second.poll(&mut read).is_pending());
        // What was ready when it was watched is no news.
        run.run();
        first.wakes();
        second.wakes();
        assert!(first.poll(&mut read).is_pending() && second.poll(&mut read).is_pending());
        client.send("hello");
        run.run();
        assert_eq!((first.wakes(), second.wakes()), (0, 1), "{rules:?}");
        assert!(second.poll(&mut read).is_ready());
    }
}

// Writing

#[test]
fn a_write_waits_until_some_of_it_is_taken_and_returns_how_much() {
    for (rules, mut run) in Run::each() {
        let (heard, (stream, client)) = (Heard::default(), pair(&run));
        client.take_only(4);
        let its = heard.clone();
        run.spawn(async move {
            for _ in 0..3 {
                its.add(stream.write(b"hello there").await.unwrap().to_string());
            }
            its.add(stream.write(b"").await.unwrap().to_string());
            future::pending().await
        });
        assert_eq!(heard.take(), ["4"], "{rules:?}");
        client.take(5);
        run.run();
        assert_eq!(heard.take(), ["5"], "{rules:?}");
        client.take(100);
        run.run();
        assert_eq!(heard.take(), ["11", "0"], "{rules:?}");
        assert_bytes!(client.got(), "hellhellohello there");
    }
}

#[test]
fn all_of_it_is_written_in_order_however_it_is_taken() {
    let bytes = Seed::new().bytes(60);
    for (rules, mut run) in Run::each() {
        for piece in 1..=bytes.len() {
            for room in [0, 1, 7, 59] {
                let (heard, (stream, client)) = (Heard::default(), pair(&run));
                client.take_only(room).take_pieces_of(piece);
                let (its, all) = (heard.clone(), bytes.clone());
                run.spawn(async move {
                    stream.write_all(&all).await.unwrap();
                    its.add("done");
                    future::pending().await
                });
                assert!(heard.is_empty());
                assert_bytes!(client.got(), bytes[..room]);
                for _ in 0..bytes.len() {
                    client.take(10);
                    run.run();
                }
                assert!(!heard.is_empty(), "{rules:?}, {piece}, {room}: all was taken");
                assert_bytes!(client.got(), bytes, "{rules:?}, {piece}, {room}");
            }
        }
        // Of nothing there is nothing to wait for.
        let (stream, client) = pair(&run);
        client.take_only(0);
        let task = ByHand::new();
        assert!(task.poll(&mut Box::pin(stream.write_all(b""))).is_ready());
    }
}

#[test]
fn what_is_never_taken_is_an_error_and_so_is_a_client_that_is_gone() {
    for (rules, mut run) in Run::each() {
        for (end, expected) in [
            (0, (ErrorKind::WriteZero, "")),
            (1, (ErrorKind::BrokenPipe, "hel")),
            (2, (ErrorKind::ConnectionReset, "he")),
        ] {
            let (heard, (stream, client)) = (Heard::default(), pair(&run));
            match end {
                0 => client.take_pieces_of(0),
                1 => client.break_after(3),
                _ => client.take_only(2),
            };
            let its = heard.clone();
            run.spawn(async move {
                let error = stream.write_all(b"hello").await.unwrap_err();
                its.add(format!("{:?}", error.kind()));
            });
            if end == 2 {
                client.reset();
                run.run();
            }
            assert_eq!(heard.take(), [format!("{:?}", expected.0)], "{rules:?}");
            assert_bytes!(client.got(), expected.1);
        }
    }
}

#[test]
fn a_write_that_is_dropped_before_it_has_ended_has_written_nothing() {
    for (rules, mut run) in Run::each() {
        let ((stream, client), clock) = (pair(&run), run.handle.clock().clone());
        client.take_only(0);
        run.spawn(async move {
            assert!(clock.timeout(MINUTE, stream.write(b"too late")).await.is_none());
            stream.write_all(b"in time").await.unwrap();
            future::pending().await
        });
        run.pass(MINUTE);
        client.take(100);
        run.run();
        assert_bytes!(client.got(), "in time", "{rules:?}");
    }
}

#[test]
fn both_directions_are_waited_for_side_by_side_and_do_not_disturb_each_other() {
    for (rules, mut run) in Run::each() {
        for tasks in [1, 2] {
            let (heard, (stream, client)) = (Heard::default(), pair(&run));
            client.take_only(0);
            let stream = Rc::new(stream);
            let (reads, writes) = (Rc::clone(&stream), Rc::clone(&stream));
            drop(stream);
            let (its, wrote) = (heard.clone(), heard.clone());
            let read = async move { read_all(&reads, its).await };
            let write = async move {
                writes.write_all(b"hello").await.unwrap();
                wrote.add("written");
            };
            if tasks == 1 {
                run.spawn(async move {
                    join(read, write).await;
                });
            } else {
                run.spawn(read);
                run.spawn(write);
            }
            client.send("one");
            run.run();
            assert_eq!(heard.take(), ["> one"], "{rules:?}");
            client.take(100);
            run.run();
            assert_eq!(heard.take(), ["written"], "{rules:?}");
            client.send("two").finish();
            run.run();
            assert_eq!(heard.take(), ["> two", "end"], "{rules:?}");
            assert_bytes!(client.got(), "hello");
        }
    }
}

// The end of a connection

#[test]
fn a_stream_that_is_dropped_is_closed_at_once() {
    let run = Run::new(Rules::Epoll);
    let (stream, client) = pair(&run);
    assert!(stream.peer().is_none() && !client.is_closed());
    drop(stream);
    assert!(client.is_closed() && !client.is_finished());
    let (stream, _client) = run.system.pair();
    let stream = run.handle.stream(stream, Some(theirs(1, 2))).unwrap();
    assert_eq!(stream.peer(), Some(theirs(1, 2)));
}

/// A connection that is being closed, after having written something; and whether that has ended.
fn closing(run: &mut Run) -> (Client, Heard) {
    let (heard, (stream, client)) = (Heard::default(), pair(run));
    let its = heard.clone();
    run.spawn(async move {
        stream.write_all(b"the end").await.unwrap();
        stream.close().await;
        its.add("closed");
    });
    (client, heard)
}

#[test]
fn who_closes_waits_until_the_client_has_left_and_throws_away_what_comes() {
    for (rules, mut run) in Run::each() {
        for resets in [false, true] {
            let (client, heard) = closing(&mut run);
            assert!(client.is_finished() && !client.is_closed(), "{rules:?}");
            client.send("thank you");
            run.run();
            assert_eq!((client.unread(), heard.is_empty()), (0, true), "{rules:?}");
            end(&client, resets);
            run.run();
            assert_eq!(heard.take(), ["closed"]);
            assert!(client.is_closed());
            assert_bytes!(client.got(), "the end");
            assert_eq!(run.handle.clock().sleepers(), 0, "no timer is left");
        }
    }
}

#[test]
fn a_client_that_does_not_leave_is_waited_for_a_second_and_for_so_many_bytes() {
    for (rules, mut run) in Run::each() {
        let (client, heard) = closing(&mut run);
        run.pass(DRAIN_TIME - Duration::from_millis(1));
        client.send("I stay");
        run.run();
        assert!(heard.is_empty(), "{rules:?}");
        run.pass(Duration::from_millis(1));
        assert_eq!((heard.take().len(), client.is_closed()), (1, true), "{rules:?}");

        let (client, heard) = closing(&mut run);
        client.send(vec![b'x'; DRAIN_BYTES - 1]);
        run.run();
        assert!(heard.is_empty(), "{rules:?}");
        client.send("y");
        run.run();
        assert_eq!((heard.take().len(), client.is_closed()), (1, true), "{rules:?}");
    }
}

#[test]
fn who_comes_is_not_disturbed_by_news_about_who_had_the_same_number() {
    for (rules, mut run) in Run::each() {
        let (first, gone) = pair(&run);
        let token = gone.token();
        drop(first);
        run.system.tell(ready(token));
        run.run();
        let (heard, (second, client)) = (Heard::default(), pair(&run));
        assert_eq!(client.token(), token, "it is used again");
        let its = heard.clone();
        run.spawn(async move { read_all(&second, its).await });
        for hint in [ready(token), Ready { writable: false, ..ready(token) }] {
            run.system.tell(hint);
            run.run();
        }
        assert_eq!(heard.take(), [""; 0], "{rules:?}");
        client.send("hello");
        run.run();
        client.finish();
        run.run();
        assert_eq!(heard.take(), ["> hello", "end"], "{rules:?}");
    }
}

#[test]
fn what_was_said_too_often_does_no_harm() {
    for (rules, mut run) in Run::each() {
        let (heard, (stream, client)) = (Heard::default(), pair(&run));
        client.take_only(2);
        let its = heard.clone();
        run.spawn(async move {
            let write = async { its.add(format!("{:?}", stream.write_all(b"hello").await)) };
            join(read_all(&stream, its.clone()), write).await;
        });
        for token in [0, 1, 2, 1000, usize::MAX - 1] {
            run.system.tell(ready(token));
            run.system.tell(ready(token));
            run.run();
            assert_eq!(heard.take(), [""; 0], "{rules:?}");
        }
        client.send("data").take(3);
        run.run();
        let mut heard = heard.take();
        heard.sort();
        assert_eq!(heard, ["> data", "Ok(())"], "{rules:?}");
    }
}

// Connections that come, and that are made

fn listening(run: &Run) -> Listener<Simulated> {
    run.handle.listen(no_listener()).unwrap()
}

/// Echoes for whoever comes. After an error it waits for a minute.
fn serve_echo(run: &mut Run) {
    let (listener, handle) = (listening(run), run.handle.clone());
    run.spawn(async move {
        loop {
            match listener.accept().await {
                Ok(stream) => drop(handle.spawn(async move { drop(echo(stream).await) })),
                Err(_) => handle.clock().sleep(MINUTE).await,
            }
        }
    });
}

#[test]
fn each_client_that_comes_is_accepted_with_its_address() {
    for (rules, mut run) in Run::each() {
        let (heard, listener) = (Heard::default(), listening(&run));
        let its = heard.clone();
        run.spawn(async move {
            let mut all = Vec::new();
            loop {
                let stream = listener.accept().await.unwrap();
                its.add(stream.peer().unwrap().to_string());
                stream.write_all(b"welcome").await.unwrap();
                all.push(stream);
            }
        });
        let system = run.system.clone();
        let from = |last| system.client_from(theirs(last, 9));
        let early = [from(1), from(2)];
        run.run();
        assert_eq!(heard.take(), ["192.0.2.1:9", "192.0.2.2:9"], "{rules:?}");
        let late = from(3);
        run.run();
        assert_eq!(heard.take(), ["192.0.2.3:9"], "{rules:?}");
        for client in [&early[0], &early[1], &late] {
            assert_bytes!(client.got(), "welcome");
        }
    }
}

#[test]
fn out_of_descriptors_is_an_error_after_which_those_who_wait_can_be_accepted() {
    for (rules, mut run) in Run::each() {
        serve_echo(&mut run);
        let early = run.system.client();
        run.run();
        run.system.set_descriptors(false);
        let waiting = [run.system.client(), run.system.client()];
        for client in &waiting {
            client.send("hello");
        }
        assert_eq!(run.run(), Some(MINUTE));
        run.pass(MINUTE);
        early.send("still served");
        run.run();
        assert_bytes!(early.got(), "still served");
        run.system.set_descriptors(true);
        assert_bytes!(waiting[0].got(), "");
        // Nobody tells of them again.
        run.pass(MINUTE);
        for client in waiting {
            assert_bytes!(client.got(), "hello", "{rules:?}");
        }
    }
}

#[test]
fn who_cannot_listen_is_told_so_and_leaves_nothing_behind() {
    let run = Run::new(Rules::Epoll);
    run.system.refuse_to_listen();
    let error = run.handle.listen(no_listener()).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    let (_stream, client) = pair(&run);
    assert_eq!(client.token(), 0, "its number is free");
}

#[test]
fn a_listener_that_is_dropped_is_closed() {
    let run = Run::new(Rules::Epoll);
    let listener = listening(&run);
    assert!(!run.system.has_stopped_listening());
    drop(listener);
    assert!(run.system.has_stopped_listening());
}

/// Somebody else's address.
fn theirs(last: u8, port: u16) -> SocketAddr {
    (Ipv4Addr::new(192, 0, 2, last), port).into()
}

/// Connects in a task, which notes how that ended.
fn connect(run: &mut Run, heard: &Heard, address: SocketAddr) {
    let (handle, its) = (run.handle.clone(), heard.clone());
    run.spawn(async move {
        match handle.connect(address).await {
            Ok(stream) => {
                assert_eq!(stream.peer(), Some(address));
                its.add("connected");
                stream.write_all(b"hello").await.unwrap();
                read_all(&stream, its).await;
            }
            Err(error) => its.add(format!("{:?}", error.kind())),
        }
    });
}

#[test]
fn who_connects_waits_until_that_is_done_or_has_failed() {
    for (rules, mut run) in Run::each() {
        let heard = Heard::default();
        connect(&mut run, &heard, theirs(1, 80));
        let server = run.system.dialled().remove(0);
        server.send("too early").take_only(0);
        for _ in 0..3 {
            // This is not true.
            run.system.tell(ready(server.token()));
            run.run();
        }
        assert_eq!(heard.take(), [""; 0], "{rules:?}");
        server.take(10).accept();
        run.run();
        assert_eq!(heard.take(), ["connected", "> too early"], "{rules:?}");
        assert_bytes!(server.got(), "hello");
        server.reset();
        run.run();
        assert_eq!(heard.take(), ["ConnectionReset"], "{rules:?}");

        connect(&mut run, &heard, theirs(2, 80));
        let server = run.system.dialled().remove(1);
        server.refuse();
        run.run();
        assert_eq!(heard.take(), ["ConnectionRefused"], "{rules:?}");
        assert!(server.is_closed());
        connect(&mut run, &heard, theirs(3, 0));
        assert_eq!(heard.take(), ["AddrNotAvailable"]);
        assert_eq!(run.executor.tasks(), 0);
    }
}

#[test]
fn who_gives_up_connecting_has_closed_the_connection() {
    let mut run = Run::new(Rules::Epoll);
    let handle = run.handle.clone();
    run.spawn(async move {
        let connect = handle.connect(theirs(1, 80));
        assert!(handle.clock().timeout(MINUTE, connect).await.is_none());
        future::pending().await
    });
    let server = run.system.dialled().remove(0);
    assert!(!server.is_closed());
    run.pass(MINUTE);
    assert!(server.is_closed());
}

// Fairness

#[test]
fn who_always_has_something_to_say_keeps_nobody_waiting() {
    for (rules, mut run) in Run::each() {
        serve_echo(&mut run);
        let (talker, other) = (run.system.client(), run.system.client());
        run.run();
        talker.send(vec![b'x'; 10_000_000]);
        run.turn();
        other.send("hello");
        run.turn();
        assert_bytes!(other.got(), "hello", "{rules:?}");
        assert!(talker.unread() > 8_000_000);
        run.run();
        assert_eq!(talker.got().len(), 10_000_000, "it is only put off");
    }
}

#[test]
fn in_one_turn_a_task_reads_and_writes_and_accepts_so_often_and_no_more() {
    /// Makes a task that always has something to do, and counts what it does.
    type Endless = fn(&Run, &Rc<Cell<usize>>);
    let endless: [Endless; 3] = [
        |run, count| {
            let ((stream, client), count) = (pair(run), Rc::clone(count));
            client.send(vec![b'x'; 100 * 64 * 1024]);
            run.handle.spawn(async move {
                while stream.read(&mut Vec::new()).await.unwrap() > 0 {
                    count.set(count.get() + 1);
                }
            });
        },
        |run, count| {
            let ((stream, _client), count) = (pair(run), Rc::clone(count));
            run.handle.spawn(async move {
                while stream.write(b"x").await.is_ok() {
                    count.set(count.get() + 1);
                }
            });
        },
        |run, count| {
            let (listener, count) = (listening(run), Rc::clone(count));
            (0..100).for_each(|_| drop(run.system.client()));
            run.handle.spawn(async move {
                while listener.accept().await.is_ok() {
                    count.set(count.get() + 1);
                }
            });
        },
    ];
    for rules in RULES {
        for endless in endless {
            let (mut run, count) = (Run::new(rules), Rc::default());
            endless(&run, &count);
            let mut before = 0;
            for turn in 0..5 {
                run.turn();
                let done = count.get() - before;
                before = count.get();
                assert!(done <= 16, "{rules:?}: {done} in turn {turn}");
            }
            assert!(before >= 48, "{rules:?}: it goes on: {before}");
        }
    }
}

#[test]
fn each_task_has_its_own_budget() {
    let mut run = Run::new(Rules::Epoll);
    let heard = Heard::default();
    // In this turn this one uses all that it has.
    let (stream, _client) = pair(&run);
    run.handle.spawn(async move { while stream.write(b"x").await.is_ok() {} });
    for _ in 0..3 {
        let ((stream, client), its) = (pair(&run), heard.clone());
        client.send("hello");
        run.handle.spawn(async move {
            stream.write_all(b"hello").await.unwrap();
            its.add("written");
        });
    }
    run.turn();
    assert_eq!(heard.take().len(), 3);
}

// Echo and fetch

#[test]
fn an_echo_has_all_bytes_and_ends_when_its_client_does() {
    let bytes = Seed::new().bytes(100);
    for (rules, mut run) in Run::each() {
        serve_echo(&mut run);
        for cut in 0..bytes.len() {
            let client = run.system.client();
            client.send(&bytes[..cut]);
            run.run();
            client.send(&bytes[cut..]).finish();
            run.run();
            assert_bytes!(client.got(), bytes, "{rules:?}");
            assert!(client.is_finished() && client.is_closed());
        }
    }
}

#[test]
fn a_client_that_takes_nothing_costs_the_others_nothing() {
    for (rules, mut run) in Run::each() {
        serve_echo(&mut run);
        let (stalled, other) = (run.system.client(), run.system.client());
        stalled.take_only(10).send(vec![b'x'; 1_000_000]);
        run.run();
        assert!(stalled.unread() >= 1_000_000 - 64 * 1024, "it is not read either");
        for _ in 0..10 {
            let turns = (1..).find(|_| run.system.turn(&mut run.executor)).unwrap();
            assert_eq!(turns, 1, "there is nothing to do");
            other.send("hello");
            run.run();
            assert_bytes!(other.takes_out(), "hello");
        }
        stalled.take(usize::MAX).finish();
        run.run();
        assert_eq!(stalled.got().len(), 1_000_000, "{rules:?}");
        assert!(stalled.is_closed());
    }
}

/// Fetches in a task. The server does something; what comes of it is returned.
fn fetched(server: impl Fn(&Client, &mut Run)) -> Result<Vec<u8>, ErrorKind> {
    let mut run = Run::new(Rules::Epoll);
    let handle = run.handle.clone();
    let outcome: Rc<RefCell<Option<io::Result<Vec<u8>>>>> = Rc::default();
    let its = Rc::clone(&outcome);
    run.spawn(async move {
        its.replace(Some(fetch(&handle, theirs(1, 80), "/page").await));
    });
    let client = run.system.dialled().remove(0);
    client.take_pieces_of(3).accept();
    run.run();
    assert_bytes!(client.got(), "GET /page HTTP/1.0\r\n\r\n");
    server(&client, &mut run);
    run.run();
    assert!(client.is_closed());
    outcome.take().expect("it has ended").map_err(|error| error.kind())
}

#[test]
fn who_fetches_has_all_that_is_answered_however_it_is_cut() {
    let answer = b"HTTP/1.0 200 OK\r\n\r\nsoup";
    for cut in 0..=answer.len() {
        let fetched = fetched(|server, run| {
            server.send(&answer[..cut]);
            run.run();
            assert!(!server.is_closed());
            server.send(&answer[cut..]).finish();
        });
        assert_bytes!(fetched.unwrap(), answer);
    }
    let silent = fetched(|server, _| {
        server.finish();
    });
    assert_eq!(silent, Ok(Vec::new()));
    assert_eq!(fetched(|server, _| server.reset()), Err(ErrorKind::ConnectionReset));
}

#[test]
fn who_fetches_from_nobody_is_told_why() {
    let mut run = Run::new(Rules::Epoll);
    let (handle, heard) = (run.handle.clone(), Heard::default());
    let its = heard.clone();
    run.spawn(async move {
        its.add(format!("{:?}", fetch(&handle, theirs(1, 80), "/").await.unwrap_err().kind()));
    });
    run.system.dialled().remove(0).refuse();
    run.run();
    assert_eq!(heard.take(), ["ConnectionRefused"]);
}

// At random

/// Several clients that send, stop, take a little or nothing, finish and break, in any order.
/// Whatever the system does that it may, everybody has the echo of all that was sent.
fn random_run(rules: Rules, seed: &mut Seed) {
    let mut run = Run::new(rules);
    serve_echo(&mut run);
    run.system.disturb(Seed::of(seed.number(0..=usize::MAX - 1) as u64));
    let mut clients: Vec<(Client, Vec<u8>, bool)> = Vec::new();
    for _ in 0..seed.number(20..=120) {
        let place = seed.number(0..=clients.len().max(1) - 1);
        let kind = seed.number(0..=11);
        if kind == 0 && clients.len() < 5 {
            clients.push((run.system.client(), Vec::new(), true));
        }
        match (kind, clients.get_mut(place)) {
            (1, _) => run.system.set_descriptors(false),
            (2, _) => {
                run.system.set_descriptors(true);
                run.pass(MINUTE);
            }
            (3, Some((client, ..))) => drop(client.take_only(seed.number(0..=30))),
            (4, Some((client, ..))) => drop(client.take(seed.number(1..=100))),
            (5, Some((client, ..))) if seed.number(1..=5) == 1 => client.reset(),
            (6, Some((client, _, sends))) if seed.number(1..=3) == 1 => {
                client.finish();
                *sends = false;
            }
            (7 | 8, Some((client, sent, true))) => {
                let count = seed.number(1..=200);
                let bytes = seed.bytes(count);
                sent.extend(&bytes);
                client.send(&bytes);
            }
            _ => (0..seed.number(1..=4)).for_each(|_| run.turn()),
        }
    }
    run.system.set_descriptors(true);
    for _ in 0..10 {
        run.pass(MINUTE);
    }
    for (client, sent, _) in &clients {
        client.take(usize::MAX);
        run.run();
        if !client.is_reset() {
            assert_bytes!(client.got(), sent, "{rules:?}");
            assert_eq!(client.unread(), 0);
        }
        client.finish();
        run.run();
        assert!(client.is_closed(), "{rules:?}");
    }
}

#[test]
fn whatever_a_system_does_nothing_is_lost() {
    let mut seed = Seed::new();
    for _ in 0..60 {
        for rules in RULES {
            random_run(rules, &mut seed);
        }
    }
}

// Over TCP

#[test]
fn a_connection_that_was_accepted_elsewhere_is_adopted() {
    let listener = no_listener();
    let address = listener.local_addr().unwrap();
    let client = thread::spawn(move || {
        let mut client = TcpClient::connect(address);
        client.send("hello");
        assert_bytes!(client.read_exact(5), "hello");
        client.finish();
        assert_eq!(client.read_to_end(), (Vec::new(), Ending::Closed));
    });
    in_time(move || {
        let (stream, peer) = listener.accept().unwrap();
        let mut executor = Executor::new(Mio::new().unwrap());
        let stream = executor.handle().adopt(stream).unwrap();
        assert_eq!(stream.peer(), Some(peer));
        executor.run(echo(stream)).unwrap().unwrap();
    });
    client.join().unwrap();
}

#[test]
fn a_server_and_its_clients_are_in_one_executor() {
    let bytes = in_time(|| {
        let (listener, mut executor) = (no_listener(), Executor::new(Mio::new().unwrap()));
        let address = listener.local_addr().unwrap();
        let handle: Handle<Mio> = executor.handle().clone();
        let listener = handle.listen(listener).unwrap();
        let theirs = handle.clone();
        let serve = async move {
            loop {
                let stream = listener.accept().await.unwrap();
                theirs.spawn(async move {
                    let mut request = Vec::new();
                    while !request.ends_with(b"\r\n\r\n") {
                        stream.read(&mut request).await.unwrap();
                    }
                    stream.write_all(&request.repeat(10_000)).await.unwrap();
                    stream.close().await;
                });
            }
        };
        handle.spawn(serve);
        executor.run(async move {
            let fetch = |number| {
                let handle = handle.clone();
                let path = format!("/{number}");
                handle.clone().spawn(async move { fetch(&handle, address, &path).await.unwrap() })
            };
            let fetched: Vec<_> = (0..20).map(fetch).collect();
            let mut all = Vec::new();
            for page in fetched {
                all.push(page.await.unwrap());
            }
            all
        })
    });
    for (number, page) in bytes.unwrap().into_iter().enumerate() {
        assert!(page == format!("GET /{number} HTTP/1.0\r\n\r\n").repeat(10_000).into_bytes());
    }
}

#[test]
fn who_cannot_be_reached_is_told_of() {
    let address = no_listener().local_addr().unwrap();
    in_time(move || {
        let mut executor = Executor::new(Mio::new().unwrap());
        let handle = executor.handle().clone();
        let outcome = executor.run(async move { handle.connect(address).await.err() });
        assert_eq!(outcome.unwrap().unwrap().kind(), ErrorKind::ConnectionRefused);
    });
}
