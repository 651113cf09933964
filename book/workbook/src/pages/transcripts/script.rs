//! What a transcript says: commands, what is typed, what is printed.

/// One thing that happens in a terminal, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// A command is started.
    Run(String),
    /// A line is typed into the running program.
    Type(String),
    /// The keyboard's end of input.
    EndInput,
    /// Lines are printed.
    Print(Vec<String>),
}

/// The actions of a block. In a `lasting` terminal `> text` is typed; elsewhere
/// it is printed (as `curl -v` does).
pub fn script(text: &str, lasting: bool) -> Vec<Action> {
    let mut actions = Vec::new();
    for line in text.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            actions.push(Action::Run(command.trim_end().to_owned()));
            actions.push(Action::Print(Vec::new()));
        } else if lasting && line == "> ^D" {
            actions.push(Action::EndInput);
        } else if let Some(typed) = line.strip_prefix('>').filter(|_| lasting) {
            actions.push(Action::Type(typed.strip_prefix(' ').unwrap_or(typed).to_owned()));
        } else if let Some(Action::Print(lines)) = actions.last_mut() {
            lines.push(line.to_owned());
        } else {
            actions.push(Action::Print(vec![line.to_owned()]));
        }
    }
    actions
}

/// The block's text again.
pub fn text(actions: &[Action]) -> String {
    let mut text = String::new();
    for action in actions {
        match action {
            Action::Run(command) => text += &format!("$ {command}\n"),
            Action::Type(line) if line.is_empty() => text += ">\n",
            Action::Type(line) => text += &format!("> {line}\n"),
            Action::EndInput => text += "> ^D\n",
            Action::Print(lines) => lines.iter().for_each(|line| text += &format!("{line}\n")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_commands_typing_and_printing_in_order() {
        let block = "$ client\nconnected\n> hello\nhello\n> ^D\nclosed\n";
        let actions = script(block, true);
        let printed = |line: &str| Action::Print(vec![line.to_owned()]);
        assert_eq!(
            actions,
            [
                Action::Run("client".to_owned()),
                printed("connected"),
                Action::Type("hello".to_owned()),
                printed("hello"),
                Action::EndInput,
                printed("closed"),
            ]
        );
        assert_eq!(text(&actions), block);
    }

    #[test]
    fn what_curl_prints_behind_a_sign_is_not_typed() {
        let actions = script("$ curl -v a\n> GET / HTTP/1.1\n", false);
        assert_eq!(actions[1], Action::Print(vec!["> GET / HTTP/1.1".to_owned()]));
    }
}
