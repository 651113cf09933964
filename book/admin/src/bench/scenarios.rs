//! In which ways the servers are asked.

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Resource {
    /// A picture of 220 bytes: chapters 5 to 8 have it in memory, all others read a file.
    Picture,
    /// A page of ten bytes, which whoever has it has in memory.
    Page,
    /// A file of 100 KiB.
    File,
    /// A file of 50 MB.
    Huge,
    /// A page that a framework makes of a part of the path.
    Hello,
}

/// A way to ask.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// What pages call it.
    pub id: &'static str,
    /// What it is, above its table.
    pub about: &'static str,
    /// How many clients ask at once.
    pub clients: usize,
    /// Whether they keep their connections.
    pub kept: bool,
    /// How many requests they send together.
    pub pipelined: usize,
    /// What they ask for.
    pub resource: Resource,
    /// Beside which server the others are set, if it is there.
    pub base: &'static str,
    /// Whether system calls are counted too.
    pub traced: bool,
}

const CLOSE: Scenario = Scenario {
    id: "close",
    about: "A small picture, a connection for each request, ten clients",
    clients: 10,
    kept: false,
    pipelined: 1,
    resource: Resource::Picture,
    base: "nginx",
    traced: false,
};

const PAGE_CLOSE: Scenario = Scenario {
    id: "page-close",
    about: "A page from memory, a connection for each request, ten clients",
    resource: Resource::Page,
    base: "raw",
    traced: true,
    ..CLOSE
};

/// All, in the order in which they are measured and shown.
pub const SCENARIOS: [Scenario; 9] = [
    Scenario {
        id: "one",
        about: "A small picture, a connection for each request, one client",
        clients: 1,
        ..CLOSE
    },
    CLOSE,
    Scenario {
        id: "keep",
        about: "A small picture, kept connections, ten clients",
        kept: true,
        ..CLOSE
    },
    PAGE_CLOSE,
    Scenario {
        id: "page-keep",
        about: "A page from memory, kept connections, ten clients",
        kept: true,
        ..PAGE_CLOSE
    },
    Scenario {
        id: "page-pipe",
        about: "A page from memory, kept connections, 16 requests together, ten clients",
        kept: true,
        pipelined: 16,
        traced: false,
        ..PAGE_CLOSE
    },
    Scenario {
        id: "hello-keep",
        about: "A greeting with a name from the path, kept connections, ten clients",
        kept: true,
        resource: Resource::Hello,
        base: "axum",
        ..CLOSE
    },
    Scenario {
        id: "file-close",
        about: "A file of 100 KiB, a connection for each request, ten clients",
        resource: Resource::File,
        ..CLOSE
    },
    Scenario {
        id: "file-keep",
        about: "A file of 100 KiB, kept connections, ten clients",
        kept: true,
        resource: Resource::File,
        ..CLOSE
    },
];

/// The name of the scenario in which clients ask for 50 MB and do not read.
pub const UNREAD: &str = "unread";

/// The name of the scenario in which so many clients keep their connections and are silent.
pub fn idle(clients: usize) -> String {
    format!("idle-{clients}")
}
