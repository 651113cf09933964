use crate::conversations::Conversation;
use crate::conversations::Step::{self, Connect, Expect, ExpectEnd, Finish, Leave, Reset, Send};
use mock::Seed;

pub(super) fn conversations(task: &str, seed: &mut Seed) -> Vec<Conversation> {
    let (names, texts) = (seed.words(3), seed.words(6));
    match task {
        "build" => vec![three_chat(&names, &texts), each_leaves(&names, &texts), all_seats(seed)],
        "who" => vec![who(&names), message(&names, &texts)],
        "history" => vec![history(seed, &texts)],
        _ => Vec::new(),
    }
}

fn three_chat(names: &[String], texts: &[String]) -> Conversation {
    let mut steps = [ada_and_bob(), vec![Connect("eve"), hears("eve", welcome("guest3"))]].concat();
    for who in ["ada", "bob"] {
        steps.push(hears(who, "* guest3 has joined\n"));
    }
    steps.extend([
        says("ada", format!("/NAME {}\r\n", names[0])),
        hears("ada", format!("* you are now {}\n", names[0])),
        hears("bob", format!("* guest1 is now {}\n", names[0])),
        hears("eve", format!("* guest1 is now {}\n", names[0])),
        // The half of a line that has come is no line.
        says("ada", &texts[0]),
        says("bob", format!("{}\r\n", texts[1])),
        hears("ada", format!("guest2: {}\n", texts[1])),
        hears("eve", format!("guest2: {}\n", texts[1])),
        says("ada", format!("{}\n\x1b[2J{}\n/EXIT\n", texts[2], texts[3])),
        ends("ada", "* goodbye\n"),
    ]);
    let said = format!("{0}: {1}{2}\n{0}: [2J{3}\n", names[0], texts[0], texts[2], texts[3]);
    for who in ["bob", "eve"] {
        steps.push(hears(who, format!("{said}* {} has left\n", names[0])));
    }
    Conversation::new("three chat, and nobody hears themselves", &[], steps)
}

fn each_leaves(names: &[String], texts: &[String]) -> Conversation {
    let steps = [
        ada_and_bob(),
        vec![
            says("bob", format!("/NAME {}\n{}", names[1], texts[0])),
            hears("ada", format!("* guest2 is now {}\n", names[1])),
            Finish("bob"),
            ends("bob", format!("* you are now {}\n", names[1])),
            hears("ada", format!("* {} has left\n", names[1])),
            Connect("eve"),
            hears("eve", welcome("guest2")),
            Reset("eve"),
            hears("ada", "* guest2 has joined\n* guest2 has left\n"),
            says("ada", "/EXIT\n"),
            ends("ada", "* goodbye\n"),
        ],
    ];
    Conversation::new(
        "each leaves in its own way, and half a line is not said",
        &[],
        steps.concat(),
    )
}

fn all_seats(seed: &mut Seed) -> Conversation {
    let seats = seed.number(1..=3);
    let guests = &["ada", "bob", "eve"][..seats];
    let mut steps = Vec::new();
    for (index, guest) in guests.iter().enumerate() {
        let name = format!("guest{}", index + 1);
        steps.extend([Connect(guest), hears(guest, welcome(&name))]);
        for other in &guests[..index] {
            steps.push(hears(other, format!("* {name} has joined\n")));
        }
    }
    steps.extend([
        ends("late", "full\n"),
        Leave("late"),
        says(guests[0], "/EXIT\n"),
        ends(guests[0], "* goodbye\n"),
    ]);
    for other in &guests[1..] {
        steps.push(hears(other, "* guest1 has left\n"));
    }
    steps.extend([Connect("late"), hears("late", welcome("guest1"))]);
    Conversation::new(
        "a seat is free when somebody has left",
        &["--seats", &seats.to_string()],
        steps,
    )
}

fn who(names: &[String]) -> Conversation {
    let steps = [
        ada_and_bob(),
        vec![
            says("ada", "/WHO\n"),
            hears("ada", "* here: guest1, guest2\n"),
            says("ada", format!("/NAME {}\n/WHO\r\n", names[0])),
            hears("ada", format!("* you are now {0}\n* here: {0}, guest2\n", names[0])),
            says("bob", "/EXIT\n"),
            ends("bob", format!("* guest1 is now {}\n* goodbye\n", names[0])),
            hears("ada", "* guest2 has left\n"),
            says("ada", "/WHO\n"),
            hears("ada", format!("* here: {}\n", names[0])),
        ],
    ];
    Conversation::new("who is there is told to who asks", &[], steps.concat())
}

fn message(names: &[String], texts: &[String]) -> Conversation {
    let steps = [
        ada_and_bob(),
        vec![
            Connect("eve"),
            hears("eve", welcome("guest3")),
            hears("ada", "* guest3 has joined\n"),
            hears("bob", "* guest3 has joined\n"),
            says("bob", format!("/NAME {}\n", names[1])),
            hears("bob", format!("* you are now {}\n", names[1])),
            hears("ada", format!("* guest2 is now {}\n", names[1])),
            hears("eve", format!("* guest2 is now {}\n", names[1])),
            says("ada", format!("/MSG {} {} {}\n", names[1], texts[0], texts[1])),
            hears("bob", format!("guest1 to you: {} {}\n", texts[0], texts[1])),
            says("ada", format!("/MSG guest2 {}\n", texts[2])),
            hears("ada", "* nobody is called guest2\n"),
            // What Eve hears next is the next thing that she should hear.
            says("ada", format!("{}\n", texts[3])),
            hears("eve", format!("guest1: {}\n", texts[3])),
        ],
    ];
    Conversation::new("a line for one member is heard by that one alone", &[], steps.concat())
}

fn history(seed: &mut Seed, texts: &[String]) -> Conversation {
    let remembered = seed.number(2..=5);
    let mut steps = ada_and_bob();
    let lines: Vec<_> = texts.iter().map(|text| format!("guest1: {text}\n")).collect();
    for (text, line) in texts.iter().zip(&lines) {
        steps.extend([says("ada", format!("{text}\n")), hears("bob", line)]);
    }
    let last = lines[lines.len() - remembered..].concat();
    steps.extend([
        Connect("eve"),
        hears("eve", last + &welcome("guest3")),
        says("bob", format!("{}\n", texts[0])),
        hears("eve", format!("guest2: {}\n", texts[0])),
    ]);
    let name = "who joins is told what was said last";
    Conversation::new(name, &["--remember", &remembered.to_string()], steps)
}

/// Two have joined.
fn ada_and_bob() -> Vec<Step> {
    vec![
        Connect("ada"),
        hears("ada", welcome("guest1")),
        Connect("bob"),
        hears("bob", welcome("guest2")),
        hears("ada", "* guest2 has joined\n"),
    ]
}

fn welcome(name: &str) -> String {
    format!("* welcome, {name}: /NAME you changes your name, /EXIT leaves\n")
}

fn says(who: &'static str, text: impl AsRef<str>) -> Step {
    Send(who, text.as_ref().into())
}

fn hears(who: &'static str, text: impl AsRef<str>) -> Step {
    Expect(who, text.as_ref().into())
}

/// Hears this, and is hung up on.
fn ends(who: &'static str, text: impl AsRef<str>) -> Step {
    ExpectEnd(who, text.as_ref().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::ch04::{Room, serve};
    use mock::Live;
    use std::time::Duration;

    /// Whether chapter 4's own room is right in all conversations of a task.
    fn is_right(task: &str, patience: Duration) -> bool {
        conversations(task, &mut Seed::new()).iter().all(|one| {
            let option = one.arguments.iter().position(|argument| argument == "--seats");
            let seats = option.map_or(50, |at| one.arguments[at + 1].parse().unwrap());
            let heard = Live::run(
                |incoming| serve(incoming, &Room::new(seats)),
                |live| one.hold(live.addr(), patience),
            );
            heard.fault.is_none()
        })
    }

    #[test]
    fn chapter_4_holds_its_conversations() {
        assert!(is_right("build", Duration::from_secs(10)));
    }

    #[test]
    fn chapter_4_does_not_hold_those_of_the_extensions() {
        let patience = Duration::from_millis(200);
        assert!(!is_right("who", patience) && !is_right("history", patience));
    }
}
