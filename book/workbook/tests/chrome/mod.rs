//! A real browser without a window, spoken to by its debugging protocol.

use launch::ProcessGroup;
use serde_json::{Value, json};
use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tungstenite::{Message, WebSocket};

/// How long the browser may take for anything.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running browser with one page.
pub struct Chrome {
    socket: WebSocket<TcpStream>,
    session: Option<String>,
    count: u64,
    _browser: ProcessGroup,
    _profile: TempDir,
}

/// The browser of this machine: what `CHROMIUM` names, or one on the PATH.
pub fn find() -> Option<PathBuf> {
    if let Some(path) = env::var_os("CHROMIUM") {
        return Some(path.into());
    }
    let names = ["chromium", "chromium-browser", "google-chrome", "chrome", "msedge"];
    let on_path = names.into_iter().find_map(launch::find);
    let mac = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
    on_path.or_else(|| Some(PathBuf::from(mac)).filter(|path| path.is_file()))
}

impl Chrome {
    pub fn start(program: &Path) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut command = Command::new(program);
        command
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"])
            .args(["--no-first-run", "--disable-background-networking", "--disable-sync"])
            .args(["--disable-component-update", "--disable-dev-shm-usage", "--hide-scrollbars"])
            .arg("--remote-debugging-port=0")
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut browser = ProcessGroup::start(&mut command).unwrap();
        let said = BufReader::new(browser.child().stderr.take().unwrap());
        // Bounded: the browser says it, or ends, and its output with it.
        let mut lines = said.lines().map_while(Result::ok);
        let address = lines
            .find_map(|line| line.strip_prefix("DevTools listening on ").map(str::to_owned))
            .expect("the browser did not say where it listens");
        // Somebody must read what it says, or one day it would wait.
        std::thread::spawn(move || lines.for_each(drop));
        let host = address.trim_start_matches("ws://").split('/').next().unwrap();
        let stream = TcpStream::connect(host).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let (socket, _) = tungstenite::client(address.as_str(), stream).unwrap();
        let mut chrome =
            Self { socket, session: None, count: 0, _browser: browser, _profile: profile };
        let target = chrome.call("Target.createTarget", json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = chrome.call("Target.attachToTarget", attach);
        chrome.session = Some(session["sessionId"].as_str().unwrap().to_owned());
        chrome
    }

    /// Calls a method of the protocol.
    #[track_caller]
    pub fn call(&mut self, method: &str, params: Value) -> Value {
        match self.try_call(method, params) {
            Ok(result) => result,
            Err(error) => panic!("{method}: {error}"),
        }
    }

    fn try_call(&mut self, method: &str, params: Value) -> Result<Value, String> {
        self.count += 1;
        let mut message = json!({ "id": self.count, "method": method, "params": params });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        self.socket.send(Message::text(message.to_string())).unwrap();
        loop {
            let Message::Text(text) = self.socket.read().expect("the browser does not answer")
            else {
                continue;
            };
            let mut message: Value = serde_json::from_str(text.as_str()).unwrap();
            if message["id"] == json!(self.count) {
                return match message["error"].take() {
                    Value::Null => Ok(message["result"].take()),
                    error => Err(error.to_string()),
                };
            }
        }
    }

    /// The value of a JavaScript expression; a promise is awaited.
    #[track_caller]
    pub fn eval(&mut self, expression: &str) -> Value {
        match self.try_eval(expression) {
            Ok(value) => value,
            Err(error) => panic!("{expression}: {error}"),
        }
    }

    fn try_eval(&mut self, expression: &str) -> Result<Value, String> {
        let params =
            json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let mut result = self.try_call("Runtime.evaluate", params)?;
        match result["exceptionDetails"].take() {
            Value::Null => Ok(result["result"]["value"].take()),
            failure => Err(failure["exception"]["description"].to_string()),
        }
    }

    /// Waits until a JavaScript expression is true, on this page or on the one
    /// that takes its place meanwhile.
    #[track_caller]
    pub fn until(&mut self, condition: &str) {
        let script = format!(
            "new Promise((done) => {{
                const end = Date.now() + 1000;
                const look = () => {{
                    let seen = false;
                    try {{ seen = Boolean({condition}); }} catch {{ /* not yet */ }}
                    if (seen || Date.now() > end) {{ done(seen); }} else {{ setTimeout(look, 20); }}
                }};
                look();
            }})"
        );
        let end = Instant::now() + PATIENCE;
        // An error means that the page was replaced while we looked.
        while self.try_eval(&script) != Ok(json!(true)) {
            assert!(Instant::now() < end, "never came true: {condition}");
        }
    }

    /// Opens a page and waits until it is there.
    #[track_caller]
    pub fn open(&mut self, url: &str) {
        self.call("Page.navigate", json!({ "url": url }));
        let url = json!(url);
        self.until(&format!("location.href === {url} && document.readyState === 'complete'"));
    }

    /// Presses a key, as a person would.
    pub fn press(&mut self, key: &str, code: u32, control: bool) {
        let modifiers = if control { 2 } else { 0 };
        for kind in ["rawKeyDown", "keyUp"] {
            let params = json!({
                "type": kind, "key": key, "code": key,
                "windowsVirtualKeyCode": code, "modifiers": modifiers,
            });
            self.call("Input.dispatchKeyEvent", params);
        }
    }

    /// Types text into what has the focus.
    pub fn type_text(&mut self, text: &str) {
        self.call("Input.insertText", json!({ "text": text }));
    }

    /// Makes the window so wide and high.
    pub fn resize(&mut self, width: u32, height: u32) {
        let params = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600,
        });
        self.call("Emulation.setDeviceMetricsOverride", params);
    }

    /// Chooses one of the book's themes, as its menu does, and waits until all of it is there: a
    /// theme has style sheets of its own, which a browser loads again when they are enabled.
    #[track_caller]
    pub fn theme(&mut self, theme: &str) {
        self.eval(&format!("document.getElementById('mdbook-theme-{theme}').click()"));
        self.until(&format!("document.documentElement.classList.contains('{theme}')"));
        self.until(
            "[...document.querySelectorAll('link[rel=stylesheet]')]
                .every((link) => link.disabled === (link.sheet === null))",
        );
    }

    /// A picture of the page, if `SCREENSHOTS` names a folder for them.
    pub fn screenshot(&mut self, name: &str) {
        let Some(folder) = env::var_os("SCREENSHOTS").map(PathBuf::from) else { return };
        let params = json!({ "format": "png", "captureBeyondViewport": false });
        let picture = self.call("Page.captureScreenshot", params);
        let data = picture["data"].as_str().unwrap();
        let bytes = data_encoding::BASE64.decode(data.as_bytes()).unwrap();
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("{name}.png")), bytes).unwrap();
    }
}
