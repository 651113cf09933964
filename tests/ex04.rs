//! What the extensions of chapter 4 promise.

use ch04::{Direct, MemberId, Outlet, Queue, Room, converse, on_connect};
use mock::{MockConnection, MockWriter, Peer, Script, Seed};
use mock::{assert_bytes, for_every_split, patience};
use std::io::{self, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// How long threads get into each other's way.
const A_WHILE: Duration = Duration::from_millis(200);

/// Runs `test` in a thread of its own and does not wait for it for ever: who locks a room twice
/// waits for themselves.
fn in_time(test: impl FnOnce() + Send + 'static) {
    let (ended, outcome) = mpsc::channel();
    let run = move || ended.send(catch_unwind(AssertUnwindSafe(test)));
    let name = thread::current().name().unwrap_or("a test").to_owned();
    thread::Builder::new().name(name).spawn(run).expect("a thread");
    match outcome.recv_timeout(patience()) {
        Ok(outcome) => outcome.unwrap_or_else(|panic| resume_unwind(panic)),
        Err(_) => panic!("it has not come to an end: who waits for a lock that they have?"),
    }
}

type DirectRoom = Room<Direct<MockWriter>>;

fn welcome(name: &str) -> String {
    format!("* welcome, {name}: /NAME you changes your name, /EXIT leaves\n")
}

/// A new member, who must find a seat, and what they hear.
fn join(room: &DirectRoom) -> (MemberId, Peer) {
    let (conn, peer) = MockConnection::pair("");
    (join_with(room, conn), peer)
}

/// The same with a connection of one's own.
fn join_with(room: &DirectRoom, conn: MockConnection) -> MemberId {
    let (_, writer) = conn.split();
    room.join(Direct(writer)).ok().expect("a seat is free")
}

/// A new member with a name of their own.
fn join_as(room: &DirectRoom, name: &str) -> (MemberId, Peer) {
    let (member, peer) = join(room);
    room.rename(member, name);
    (member, peer)
}

/// What is heard while `act` goes on, by each of those who listen.
fn heard_during<const N: usize>(listeners: [&Peer; N], act: impl FnOnce()) -> [String; N] {
    let before = listeners.map(|peer| peer.sent().len());
    act();
    let mut before = before.into_iter();
    listeners.map(|peer| {
        let sent = peer.sent();
        String::from_utf8_lossy(&sent[before.next().unwrap_or_default()..]).into_owned()
    })
}

/// The member says this, and whatever they hear is for [`heard_during`].
fn types<O: Outlet>(room: &Room<O>, member: MemberId, input: impl Into<Script>) {
    let (reader, _) = MockConnection::pair(input);
    converse(room, reader, member).unwrap();
}

mod who {
    use super::*;

    #[test]
    fn the_names_are_told_in_the_order_of_joining_and_to_nobody_else() {
        in_time(|| {
            let names = Seed::new().words(3);
            let room = Room::new(5);
            let (_, first_hears) = join_as(&room, &names[0]);
            let (gone, _) = join(&room);
            let (asks, asks_hears) = join_as(&room, &names[1]);
            let (last, last_hears) = join(&room);
            join(&room);
            room.leave(gone);
            room.rename(last, &names[2]);
            let [first, told, last] =
                heard_during([&first_hears, &asks_hears, &last_hears], || {
                    types(&room, asks, "/WHO\n");
                });
            let expected = format!("* here: {}, guest3\n", names.join(", "));
            assert_bytes!(told, expected);
            assert_bytes!(first + &last, "", "what others hear of it");
        });
    }

    #[test]
    fn who_is_alone_is_told_their_own_name() {
        in_time(|| {
            let name = Seed::new().word();
            let room = Room::new(1);
            let (ada, ada_hears) = join_as(&room, &name);
            let [told] = heard_during([&ada_hears], || types(&room, ada, "/WHO\r\n"));
            assert_bytes!(told, format!("* here: {name}\n"));
        });
    }

    #[test]
    fn a_line_for_one_member_is_heard_by_that_one_alone() {
        in_time(|| {
            let mut seed = Seed::new();
            let (names, text) = (seed.words(3), seed.words(3).join(" "));
            let room = Room::new(3);
            let (ada, ada_hears) = join_as(&room, &names[0]);
            let (_, bob_hears) = join_as(&room, &names[1]);
            let (_, cleo_hears) = join_as(&room, &names[2]);
            let [ada_told, bob_told, cleo_told] =
                heard_during([&ada_hears, &bob_hears, &cleo_hears], || {
                    types(&room, ada, format!("/MSG {} {text}\n", names[1]));
                });
            assert_bytes!(bob_told, format!("{} to you: {text}\n", names[0]));
            assert_bytes!(ada_told, "", "what is heard by who says it");
            assert_bytes!(cleo_told, "", "what is heard by a third");
        });
    }

    #[test]
    fn commands_are_understood_however_they_are_cut() {
        in_time(|| {
            let mut seed = Seed::new();
            let (names, text) = (seed.words(2), seed.words(2));
            let input = format!("/MSG {} {}\r\n/WHO\n{}\n", names[1], text[0], text[1]);
            for_every_split(input, |input| {
                let room = Room::new(2);
                let (ada, ada_hears) = join_as(&room, &names[0]);
                let (_, bob_hears) = join_as(&room, &names[1]);
                let [ada_told, bob_told] =
                    heard_during([&ada_hears, &bob_hears], || types(&room, ada, input));
                assert_bytes!(ada_told, format!("* here: {}, {}\n", names[0], names[1]));
                let expected = format!("{0} to you: {1}\n{0}: {2}\n", names[0], text[0], text[1]);
                assert_bytes!(bob_told, expected);
            });
        });
    }

    #[test]
    fn spaces_between_the_words_may_be_many_and_those_in_the_text_stay() {
        in_time(|| {
            let words = Seed::new().words(2);
            let room = Room::new(2);
            let ((ada, _), (_, bob_hears)) = (join(&room), join(&room));
            let [told] = heard_during([&bob_hears], || {
                types(&room, ada, format!("/MSG   guest2   {}  {} \x07 \r\n", words[0], words[1]));
            });
            assert_bytes!(told, format!("guest1 to you: {}  {}\n", words[0], words[1]));
        });
    }

    #[test]
    fn one_may_say_something_to_oneself() {
        in_time(|| {
            let text = Seed::new().word();
            let room = Room::new(2);
            let ((ada, ada_hears), (_, bob_hears)) = (join(&room), join(&room));
            let [ada_told, bob_told] = heard_during([&ada_hears, &bob_hears], || {
                types(&room, ada, format!("/MSG guest1 {text}\n"));
            });
            assert_bytes!(ada_told, format!("guest1 to you: {text}\n"));
            assert_bytes!(bob_told, "");
        });
    }

    #[test]
    fn names_are_those_of_now() {
        in_time(|| {
            let mut seed = Seed::new();
            let (names, text) = (seed.words(2), seed.word());
            let room = Room::new(3);
            let (ada, ada_hears) = join(&room);
            let (bob, bob_hears) = join_as(&room, &names[0]);
            room.rename(bob, &names[1]);
            // Somebody else has the name now.
            let (_, cleo_hears) = join_as(&room, &names[0]);
            let [_, bob_told, cleo_told] =
                heard_during([&ada_hears, &bob_hears, &cleo_hears], || {
                    types(&room, ada, format!("/MSG {} {text}\n", names[0]));
                });
            assert_bytes!(bob_told, "", "what is heard by who had the name before");
            assert_bytes!(cleo_told, format!("guest1 to you: {text}\n"));
        });
    }

    #[test]
    fn who_says_something_to_nobody_is_told_so() {
        in_time(|| {
            let mut seed = Seed::new();
            let (name, text) = (seed.word(), seed.word());
            let room = Room::new(3);
            let ((ada, ada_hears), (_, bob_hears)) = (join(&room), join(&room));
            let (gone, _) = join_as(&room, &name);
            room.leave(gone);
            for nobody in [&*name, "guest", "guest22", "Guest2"] {
                let [ada_told, bob_told] = heard_during([&ada_hears, &bob_hears], || {
                    types(&room, ada, format!("/MSG {nobody} {text}\n"));
                });
                assert_bytes!(ada_told, format!("* nobody is called {nobody}\n"));
                assert_bytes!(bob_told, "", "what is heard by others");
            }
        });
    }

    #[test]
    fn a_message_without_name_or_text_is_told_so() {
        in_time(|| {
            let room = Room::new(2);
            let ((ada, ada_hears), (_, bob_hears)) = (join(&room), join(&room));
            for wrong in ["/MSG", "/MSG ", "/MSG guest2", "/MSG   guest2  ", "/MSG guest2 \x07"] {
                let [ada_told, bob_told] = heard_during([&ada_hears, &bob_hears], || {
                    types(&room, ada, format!("{wrong}\n"));
                });
                assert_bytes!(
                    ada_told,
                    "* /MSG name text tells one member alone\n",
                    "to {wrong:?}"
                );
                assert_bytes!(bob_told, "", "what others hear of {wrong:?}");
            }
        });
    }

    #[test]
    fn what_only_looks_like_a_command_is_none() {
        in_time(|| {
            let room = Room::new(2);
            let ((ada, ada_hears), (_, bob_hears)) = (join(&room), join(&room));
            let wrong =
                ["/WHO guest2", "/WHOguest2", "/who", "/MSGguest2 hello", "/msg guest2 hello"];
            for wrong in wrong {
                let [ada_told, bob_told] = heard_during([&ada_hears, &bob_hears], || {
                    types(&room, ada, format!("{wrong}\n"));
                });
                assert_bytes!(ada_told, "* there are /NAME you and /EXIT\n", "to {wrong:?}");
                assert_bytes!(bob_told, "", "what others hear of {wrong:?}");
            }
            let [told] = heard_during([&ada_hears], || types(&room, ada, "/WHO\n"));
            assert_bytes!(told, "* here: guest1, guest2\n");
        });
    }

    #[test]
    fn who_is_gone_says_nothing_to_anybody() {
        in_time(|| {
            let text = Seed::new().word();
            let room = Room::new(2);
            let ((ada, _), (bob, bob_hears)) = (join(&room), join(&room));
            room.leave(ada);
            let [told] = heard_during([&bob_hears], || {
                types(&room, ada, format!("/WHO\n/MSG guest2 {text}\n/MSG guest1 {text}\n"));
            });
            assert_bytes!(told, "");
            // Everything else is as before.
            let [told] = heard_during([&bob_hears], || types(&room, bob, "/WHO\n"));
            assert_bytes!(told, "* here: guest2\n");
        });
    }

    #[test]
    fn who_cannot_be_told_is_dropped() {
        in_time(|| {
            let text = Seed::new().word();
            let room = Room::new(2);
            let (ada, ada_hears) = join(&room);
            let (conn, _) = MockConnection::pair("");
            join_with(
                &room,
                conn.fail_writes_after(welcome("guest2").len(), ErrorKind::BrokenPipe),
            );
            let [told] = heard_during([&ada_hears], || {
                types(&room, ada, format!("/MSG guest2 {text}\n/WHO\n"));
            });
            assert_bytes!(told, "* guest2 was dropped\n* here: guest1\n");
        });
    }

    /// Counts the lines that it is told, by how they begin.
    #[derive(Clone, Default)]
    struct Counts {
        messages: Arc<AtomicUsize>,
        nobody: Arc<AtomicUsize>,
    }

    impl Outlet for Counts {
        fn deliver(&mut self, line: &[u8]) -> io::Result<()> {
            let of = |start: &str| usize::from(line.starts_with(start.as_bytes()));
            self.messages.fetch_add(of("guest1 to you: "), Ordering::Relaxed);
            self.nobody.fetch_add(of("* nobody is called "), Ordering::Relaxed);
            Ok(())
        }
    }

    /// Two come and go, again and again, while they are spoken to. What is said to them is long:
    /// to make a line of it takes the time in which they can go.
    #[test]
    fn a_message_is_heard_or_its_sender_is_told_that_nobody_is_called_so() {
        in_time(|| {
            let names = Seed::new().words(2);
            let room = Room::new(3);
            let (counts, done) = (Counts::default(), AtomicBool::new(false));
            let join = || room.join(counts.clone()).ok().expect("a seat is free");
            let ada = join();
            let come_and_go = |name: &str| {
                while !done.load(Ordering::Relaxed) {
                    let bob = join();
                    room.rename(bob, name);
                    thread::yield_now(); // most of the time they are there
                    room.leave(bob);
                }
            };
            let talk = || {
                let text = "hello ".repeat(50_000);
                let mut said = 0;
                let until = Instant::now() + A_WHILE;
                while Instant::now() < until {
                    names.iter().for_each(|name| room.message(ada, name, &text));
                    said += names.len();
                    let [heard, nobody] =
                        [&counts.messages, &counts.nobody].map(|n| n.load(Ordering::Relaxed));
                    assert_eq!(heard + nobody, said, "{heard} were heard, {nobody} answered");
                }
            };
            thread::scope(|scope| {
                for name in &names {
                    scope.spawn(|| come_and_go(name));
                }
                // The other threads must end, too, if this one panics.
                let talked = catch_unwind(AssertUnwindSafe(talk));
                done.store(true, Ordering::Relaxed);
                talked.unwrap_or_else(|panic| resume_unwind(panic));
            });
        });
    }
}

mod history {
    use super::*;

    /// Somebody who has said these lines to the room, one after the other, and how newcomers
    /// are told them.
    fn said(room: &DirectRoom, speaker: MemberId, name: &str, texts: &[String]) -> Vec<String> {
        texts.iter().for_each(|text| room.say(speaker, text));
        texts.iter().map(|text| format!("{name}: {text}\n")).collect()
    }

    #[test]
    fn a_newcomer_is_told_the_last_lines_first_and_then_the_welcome() {
        in_time(|| {
            let mut seed = Seed::new();
            let (remembered, texts) = (seed.number(1..=12), seed.words(20));
            let room = Room::remembering(2, remembered);
            let (ada, ada_hears) = join(&room);
            let lines = said(&room, ada, "guest1", &texts);
            let mut newcomer_hears = None;
            let [told] = heard_during([&ada_hears], || newcomer_hears = Some(join(&room).1));
            let last = lines[lines.len() - remembered..].concat();
            let heard = newcomer_hears.expect("a newcomer").sent();
            assert_bytes!(heard, last + &welcome("guest2"), "with the last {remembered} lines");
            assert_bytes!(told, "* guest2 has joined\n", "what the others hear of it");
        });
    }

    #[test]
    fn while_there_are_fewer_lines_a_newcomer_is_told_all_of_them() {
        in_time(|| {
            let texts = Seed::new().words(4);
            for count in 0..=texts.len() {
                let room = Room::remembering(2, texts.len());
                let (ada, _) = join(&room);
                let lines = said(&room, ada, "guest1", &texts[..count]);
                let (_, newcomer_hears) = join(&room);
                let expected = lines.concat() + &welcome("guest2");
                assert_bytes!(newcomer_hears.sent(), expected, "after {count} lines");
            }
        });
    }

    #[test]
    fn a_room_may_remember_nothing() {
        in_time(|| {
            let text = Seed::new().word();
            for room in [Room::remembering(2, 0), Room::new(2)] {
                let (ada, _) = join(&room);
                room.say(ada, &text);
                assert_bytes!(join(&room).1.sent(), welcome("guest2"));
            }
        });
    }

    #[test]
    fn a_line_has_the_name_under_which_it_was_said_and_outlives_its_speaker() {
        in_time(|| {
            let mut seed = Seed::new();
            let (names, texts) = (seed.words(2), seed.words(3));
            let room = Room::remembering(3, 10);
            let (ada, _) = join(&room);
            let (bob, _) = join(&room);
            room.say(ada, &texts[0]);
            room.rename(ada, &names[0]);
            room.say(ada, &texts[1]);
            room.leave(ada);
            room.rename(bob, &names[1]);
            room.say(bob, &texts[2]);
            let (_, newcomer_hears) = join(&room);
            let expected = format!(
                "guest1: {}\n{}: {}\n{}: {}\n",
                texts[0], names[0], texts[1], names[1], texts[2]
            );
            assert_bytes!(newcomer_hears.sent(), expected + &welcome("guest1"));
        });
    }

    #[test]
    fn only_what_was_said_to_all_is_remembered() {
        in_time(|| {
            let mut seed = Seed::new();
            let (name, text) = (seed.word(), seed.words(2));
            // With two places, the first line is still there if nothing else has taken one.
            let room = Room::remembering(3, 2);
            let (ada, _) = join(&room);
            room.say(ada, &text[0]);
            let (bob, _) = join(&room);
            room.rename(bob, &name);
            room.rename(bob, "no name");
            room.tell(ada, "psst\n");
            room.leave(bob);
            room.say(bob, "boo"); // who is gone says nothing
            let (conn, _) = MockConnection::pair("");
            join_with(&room, conn.fail_writes_after(0, ErrorKind::BrokenPipe)); // and is dropped
            room.say(ada, &text[1]);
            let (_, newcomer_hears) = join(&room);
            let expected = format!("guest1: {}\nguest1: {}\n", text[0], text[1]);
            assert_bytes!(newcomer_hears.sent(), expected + &welcome("guest2"));
        });
    }

    #[test]
    fn what_is_said_in_a_conversation_is_remembered_although_nobody_was_there() {
        in_time(|| {
            let texts = Seed::new().words(3);
            let input = format!("{}\n{}\r\n\n{}\n", texts[0], texts[1], texts[2]);
            for_every_split(input, |input| {
                let room = Room::remembering(2, 2);
                let (ada, _) = join(&room);
                types(&room, ada, input);
                room.leave(ada);
                let (_, newcomer_hears) = join(&room);
                let expected = format!("guest1: {}\nguest1: {}\n", texts[1], texts[2]);
                assert_bytes!(newcomer_hears.sent(), expected + &welcome("guest1"));
            });
        });
    }

    #[test]
    fn who_finds_no_seat_is_told_nothing() {
        in_time(|| {
            let text = Seed::new().word();
            let room = Room::remembering(1, 10);
            let (ada, _) = join(&room);
            room.say(ada, &text);
            let (conn, peer) = MockConnection::pair("");
            room.join(Direct(conn.split().1)).expect_err("the only seat is taken");
            assert_bytes!(peer.sent(), "");

            room.leave(ada);
            let (_, newcomer_hears) = join(&room);
            assert_bytes!(newcomer_hears.sent(), format!("guest1: {text}\n") + &welcome("guest1"));
        });
    }

    #[test]
    fn a_newcomer_who_cannot_be_told_is_dropped() {
        in_time(|| {
            let texts = Seed::new().words(3);
            let room = Room::remembering(2, 3);
            let (ada, ada_hears) = join(&room);
            let lines = said(&room, ada, "guest1", &texts);
            for told in [0, 1, 2] {
                let takes = lines[..told].concat();
                let (conn, peer) = MockConnection::pair("");
                let conn = conn.fail_writes_after(takes.len(), ErrorKind::BrokenPipe);
                let [news] = heard_during([&ada_hears], || {
                    join_with(&room, conn);
                });
                assert_bytes!(news, "* guest2 has joined\n* guest2 was dropped\n");
                assert_bytes!(peer.sent(), takes);
                assert!(peer.is_closed(), "after {told} lines");
            }
            let (_, newcomer_hears) = join(&room); // the seat is free again
            assert_bytes!(newcomer_hears.sent(), lines.concat() + &welcome("guest2"));
        });
    }

    #[test]
    fn the_lines_lie_in_the_newcomers_queue_and_are_written_before_the_client_is_gone() {
        in_time(|| {
            let mut seed = Seed::new();
            let texts = seed.words(5);
            let room: Room<Queue> = Room::remembering(2, texts.len());
            let (queue, _ada_hears) = Queue::new(|| {});
            let ada = room.join(queue).ok().expect("a seat is free");
            texts.iter().for_each(|text| room.say(ada, text));
            let (conn, peer) = MockConnection::pair("/EXIT\n");
            let (reader, writer) =
                conn.short_writes(seed.number(1..=30)).interrupt_writes().split();
            on_connect(&room, reader, writer, || {}).unwrap();
            let lines: String = texts.iter().map(|text| format!("guest1: {text}\n")).collect();
            assert_bytes!(peer.sent(), lines + &welcome("guest2") + "* goodbye\n");
        });
    }

    /// Keeps the first lines that it is told.
    #[derive(Clone, Default)]
    struct Keeps(Arc<Mutex<Vec<String>>>);

    /// Enough for all that the room remembers, the welcome, and some that are said now.
    const ENOUGH: usize = 40;

    impl Keeps {
        fn lines(&self) -> MutexGuard<'_, Vec<String>> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }

        /// The numbers that this member has said.
        fn numbers(&self, name: &str) -> Vec<usize> {
            let lines = self.lines();
            let said = lines.iter().filter_map(|line| line.split_once(": "));
            said.filter(|(who, _)| *who == name).filter_map(|(_, what)| what.parse().ok()).collect()
        }
    }

    impl Outlet for Keeps {
        fn deliver(&mut self, line: &[u8]) -> io::Result<()> {
            let mut lines = self.lines();
            if lines.len() < ENOUGH {
                // Who puts several lines into one is not wrong.
                lines.extend(String::from_utf8_lossy(line).lines().map(str::to_owned));
                // Whoever may speak now, let them.
                thread::yield_now();
            }
            Ok(())
        }
    }

    /// Whoever joins while two speak hears a piece of what each of them says, and it has no gap.
    #[test]
    fn a_line_that_is_said_while_somebody_joins_is_told_to_them_once() {
        in_time(|| {
            let room = Room::remembering(3, Seed::new().number(20..=30));
            let join = |outlet: Keeps| room.join(outlet).ok().expect("a seat is free");
            let done = AtomicBool::new(false);
            let speak = &|speaker| {
                let mut numbers = 0..;
                while !done.load(Ordering::Relaxed) {
                    room.say(speaker, &numbers.next().unwrap_or(0).to_string());
                }
            };
            let visit = |until: Instant| {
                let lines = Keeps::default();
                let client = join(lines.clone());
                while lines.lines().len() < ENOUGH && Instant::now() < until {
                    thread::yield_now();
                }
                room.leave(client);
                for name in ["guest1", "guest2"] {
                    let numbers = lines.numbers(name);
                    let gapless = numbers.windows(2).all(|two| two[0] + 1 == two[1]);
                    assert!(gapless, "of {name}'s 0, 1, 2 ... somebody has heard {numbers:?}");
                }
            };
            let visits = || {
                let until = Instant::now() + A_WHILE;
                while Instant::now() < until {
                    visit(until);
                }
            };
            let speakers = [join(Keeps::default()), join(Keeps::default())];
            thread::scope(|scope| {
                for speaker in speakers {
                    scope.spawn(move || speak(speaker));
                }
                // The other threads must end, too, if this one panics.
                let visited = catch_unwind(AssertUnwindSafe(visits));
                done.store(true, Ordering::Relaxed);
                visited.unwrap_or_else(|panic| resume_unwind(panic));
            });
        });
    }
}
