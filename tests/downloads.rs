//! The programs with which people fetch files, on the programs of chapters 11 to 16.
//!
//! Each test ends with a comparison of bytes. A program that is not installed is named, and its
//! test passes.

use course_tests::binaries::{Ended, Running, Server};
use mock::{Seed, assert_bytes};
use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, UNIX_EPOCH};
use tempfile::TempDir;

/// A folder that is served, and one for what is fetched.
struct Fetch {
    _folder: TempDir,
    site: PathBuf,
    here: PathBuf,
    server: Server,
}

impl Fetch {
    /// From the program of a chapter.
    fn from(chapter: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (site, here) = (folder.path().join("site"), folder.path().join("here"));
        fs::create_dir(&site).unwrap();
        fs::create_dir(&here).unwrap();
        let server = Server::start(chapter, &["--directory", site.to_str().unwrap()]);
        Self { _folder: folder, site, here, server }
    }

    /// Writes a file into the folder that is served, last changed long ago.
    fn put(&self, name: impl AsRef<Path>, content: impl AsRef<[u8]>) {
        let path = self.site.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        settle(&path);
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.server.address)
    }

    /// Runs a program where things are fetched to, to its end; `None` if it is not installed.
    fn run(&self, program: &str, arguments: &[&str]) -> Option<Ended> {
        run(program, arguments, &self.here)
    }

    /// The bytes of a file that was fetched.
    fn fetched(&self, name: &str) -> Vec<u8> {
        fs::read(self.here.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Status and number of bytes of the next answer, by the server's log.
    fn logged(&self) -> (u16, u64) {
        let line = self.server.running.error_line();
        let behind = line.split("\" ").nth(1).unwrap_or_else(|| panic!("no visit: {line}"));
        let mut words = behind.split(' ');
        let mut number = || words.next().and_then(|word| word.parse().ok());
        match (number(), number()) {
            (Some(status), Some(count)) => (status as u16, count),
            _ => panic!("no visit: {line}"),
        }
    }
}

/// Says that a file was last changed long ago.
fn settle(path: &Path) {
    let file = OpenOptions::new().write(true).open(path).unwrap();
    file.set_modified(UNIX_EPOCH + Duration::from_secs(1_600_000_000)).unwrap();
}

fn run(program: &str, arguments: &[&str], folder: &Path) -> Option<Ended> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder);
    // Nothing of whoever runs the tests: no settings, no proxies.
    command.env_remove("http_proxy").env("no_proxy", "127.0.0.1").env("HOME", folder);
    command.env("GIT_CONFIG_NOSYSTEM", "1").env("LC_ALL", "C.UTF-8");
    for (name, value) in [("NAME", "a"), ("EMAIL", "a@localhost")] {
        command.env(format!("GIT_AUTHOR_{name}"), value);
        command.env(format!("GIT_COMMITTER_{name}"), value);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if !launch::installed(program) {
        eprintln!("{program} is not installed: nothing is tested with it");
        return None;
    }
    Some(Running::start(command).wait())
}

#[track_caller]
fn went_well(ended: &Ended) {
    assert_eq!(ended.code, 0, "{}{}", String::from_utf8_lossy(&ended.output), ended.errors);
}

fn curl_takes_up_a_download_and_asks_whether_it_has_changed(fetch: &Fetch) {
    let content = Seed::new().bytes(300_000);
    fetch.put("a.bin", &content);
    let url = fetch.url("a.bin");
    let Some(first) = fetch.run("curl", &["-sf", "-r", "0-99999", "-o", "a.bin", &url]) else {
        return;
    };
    went_well(&first);
    assert_eq!(fetch.logged(), (206, 100_000));
    assert_bytes!(fetch.fetched("a.bin"), content[..100_000]);

    let resume = ["-sf", "-R", "-C", "-", "-o", "a.bin", &url];
    went_well(&fetch.run("curl", &resume).unwrap());
    assert_eq!(fetch.logged(), (206, 200_000));
    assert_bytes!(fetch.fetched("a.bin"), content);

    let end = ["-sf", "-r", "-1000", "-o", "end.bin", &url];
    went_well(&fetch.run("curl", &end).unwrap());
    assert_eq!(fetch.logged(), (206, 1000));
    assert_bytes!(fetch.fetched("end.bin"), content[299_000..]);

    // `-R` has given the copy the date of the file.
    let ask = ["-sf", "-z", "a.bin", "-o", "again.bin", "-w", "%{http_code}", &url];
    let answer = fetch.run("curl", &ask).unwrap();
    went_well(&answer);
    assert_bytes!(answer.output, b"304");
    assert_eq!(fetch.logged(), (304, 0));
}

fn wget_goes_on_where_it_ended_and_fetches_only_what_has_changed(fetch: &Fetch) {
    let content = Seed::new().bytes(300_000);
    fetch.put("a.bin", &content);
    fs::write(fetch.here.join("a.bin"), &content[..123_456]).unwrap();
    let url = fetch.url("a.bin");
    let Some(resumed) = fetch.run("wget", &["-nv", "-t1", "-T20", "-c", &url]) else { return };
    went_well(&resumed);
    assert_eq!(fetch.logged(), (206, 300_000 - 123_456));
    assert_bytes!(fetch.fetched("a.bin"), content);

    let newer = ["-nv", "-t1", "-T20", "-N", &url];
    went_well(&fetch.run("wget", &newer).unwrap());
    assert_eq!(fetch.logged(), (304, 0));
    let other = Seed::new().bytes(1000);
    fetch.put("a.bin", &other);
    let file = OpenOptions::new().write(true).open(fetch.site.join("a.bin")).unwrap();
    file.set_modified(UNIX_EPOCH + Duration::from_secs(1_600_000_060)).unwrap();
    went_well(&fetch.run("wget", &newer).unwrap());
    assert_eq!(fetch.logged(), (200, 1000));
    assert_bytes!(fetch.fetched("a.bin"), other);
}

/// Every file below `folder` by its path, with its bytes.
fn tree(folder: &Path) -> Vec<(OsString, Vec<u8>)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let name = path.strip_prefix(folder).unwrap().as_os_str().to_owned();
                    files.push((name, fs::read(path).unwrap()));
                }
            }
        }
    }
    files.sort();
    files
}

/// By its listings, whatever the files are called. (But for a name like `%41`: wget 1.21.3
/// asks for the right one, and then decodes it twice to name its copy.)
fn wget_copies_a_whole_tree(fetch: &Fetch) {
    let mut seed = Seed::new();
    for folder in ["", "a", "a/b", "100% tea & cake", "#1/+plus+"] {
        for name in ["plain.txt", " blank", "caf\u{e9}", "&amp;", "100%", "a=b;c,d'(e)!~", "#2"] {
            let size = seed.number(0..=100_000);
            fetch.put(Path::new(folder).join(name), seed.bytes(size));
        }
    }
    let arguments = [
        "-nv",
        "-r",
        "-np",
        "-nH",
        "-t1",
        "-T20",
        "-e",
        "robots=off",
        "--reject-regex",
        "[?]sort=",
        "--restrict-file-names=nocontrol",
        &fetch.url(""),
    ];
    let Some(copied) = fetch.run("wget", &arguments) else { return };
    went_well(&copied);
    let (mut here, site) = (tree(&fetch.here), tree(&fetch.site));
    // The listings, which it keeps too.
    here.retain(|(name, _)| !Path::new(name).ends_with("index.html"));
    let names =
        |tree: &[(OsString, _)]| tree.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&here), names(&site), "{}", copied.errors);
    for ((name, copy), (_, content)) in here.iter().zip(&site) {
        assert_bytes!(copy, content, "{name:?}");
    }
}

fn aria2c_fetches_a_file_in_parts_at_the_same_time(fetch: &Fetch) {
    let content = Seed::new().bytes(8 << 20);
    fetch.put("a.bin", &content);
    let arguments =
        ["-q", "--no-conf", "-x4", "-s4", "-k1M", "-m1", "-t20", "--file-allocation=none"];
    let url = fetch.url("a.bin");
    let Some(fetched) = fetch.run("aria2c", &[&arguments[..], &[&url]].concat()) else { return };
    went_well(&fetched);
    assert_bytes!(fetch.fetched("a.bin"), content);
}

/// A repository without a program at the other end: `git` knows where its files are.
fn git_clones_a_repository_that_is_only_files(fetch: &Fetch) {
    let work = fetch.here.join("work");
    fs::create_dir(&work).unwrap();
    fs::write(work.join("a.bin"), Seed::new().bytes(100_000)).unwrap();
    let Some(begun) = run("git", &["init", "-q"], &work) else { return };
    went_well(&begun);
    for arguments in [&["add", "a.bin"][..], &["commit", "-q", "-m", "one"]] {
        went_well(&run("git", arguments, &work).unwrap());
    }
    let bare = fetch.site.join("work.git");
    let bare = bare.to_str().unwrap();
    went_well(&fetch.run("git", &["clone", "-q", "--bare", "work", bare]).unwrap());
    went_well(&fetch.run("git", &["-C", bare, "update-server-info"]).unwrap());

    let url = fetch.url("work.git");
    went_well(&fetch.run("git", &["clone", "-q", &url, "copy"]).unwrap());
    assert_bytes!(fetch.fetched("copy/a.bin"), fetch.fetched("work/a.bin"));
    let head =
        |folder: &str| fetch.run("git", &["-C", folder, "rev-parse", "HEAD"]).unwrap().output;
    assert_bytes!(head("copy"), head("work"));
}

/// A repository of one package; the second time its list has not changed.
fn apt_installs_from_a_repository_and_sees_that_nothing_has_changed(fetch: &Fetch) {
    let package = fetch.here.join("soup");
    fs::create_dir_all(package.join("DEBIAN")).unwrap();
    let control = "Package: soup\nVersion: 1.0\nArchitecture: all\nMaintainer: a <a@localhost>\n\
                   Description: no soup today\n";
    fs::write(package.join("DEBIAN/control"), control).unwrap();
    fs::write(package.join("recipe"), Seed::new().bytes(200_000)).unwrap();
    let deb = fetch.site.join("soup_1.0_all.deb");
    let built = ["--root-owner-group", "--build", "soup", deb.to_str().unwrap()];
    let Some(built) = fetch.run("dpkg-deb", &built) else { return };
    went_well(&built);
    let sum = fetch.run("sha256sum", &[deb.to_str().unwrap()]).unwrap().output;
    let sum = String::from_utf8(sum).unwrap();
    let (sum, _) = sum.split_once(' ').unwrap();
    let size = fs::metadata(&deb).unwrap().len();
    let filename = "Filename: ./soup_1.0_all.deb";
    fetch.put("Packages", format!("{control}{filename}\nSize: {size}\nSHA256: {sum}\n"));
    settle(&deb);

    for folder in ["lists/partial", "archives/partial", "parts"] {
        fs::create_dir_all(fetch.here.join(folder)).unwrap();
    }
    let source = format!("deb [trusted=yes] http://{}/ ./\n", fetch.server.address);
    fs::write(fetch.here.join("sources.list"), source).unwrap();
    fs::write(fetch.here.join("status"), "").unwrap();
    let at = |option: &str, name: &str| format!("{option}={}", fetch.here.join(name).display());
    let options = [
        at("Dir::Etc::sourcelist", "sources.list"),
        at("Dir::Etc::sourceparts", "parts"),
        at("Dir::Etc::parts", "parts"),
        at("Dir::State::lists", "lists"),
        at("Dir::State::status", "status"),
        at("Dir::Cache::archives", "archives"),
        at("Dir::Cache::pkgcache", "pkgcache.bin"),
        at("Dir::Cache::srcpkgcache", "srcpkgcache.bin"),
        "APT::Sandbox::User=root".to_owned(),
        "Acquire::Languages=none".to_owned(),
        "Acquire::http::Proxy=DIRECT".to_owned(),
        "Acquire::Retries=0".to_owned(),
    ];
    let apt = |command: &[&str]| {
        let options = options.iter().flat_map(|option| ["-o", option]);
        let arguments: Vec<&str> = options.chain(command.iter().copied()).collect();
        fetch.run("apt-get", &arguments)
    };
    let Some(updated) = apt(&["update"]) else { return };
    went_well(&updated);
    went_well(&apt(&["download", "soup"]).unwrap());
    assert_bytes!(fetch.fetched("soup_1.0_all.deb"), fs::read(&deb).unwrap());

    let again = apt(&["update"]).unwrap();
    went_well(&again);
    let said = String::from_utf8_lossy(&again.output).into_owned();
    assert!(said.contains("Hit:"), "{said}{}", again.errors);
}

fn ab_finds_no_answer_that_failed(fetch: &Fetch) {
    fetch.put("a.bin", Seed::new().bytes(100_000));
    let arguments = ["-q", "-n", "100", "-c", "10", "-s", "20", &fetch.url("a.bin")];
    let Some(done) = fetch.run("ab", &arguments) else { return };
    went_well(&done);
    let report = String::from_utf8(done.output).unwrap();
    let number = |name: &str| {
        let line = report.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|line| line.split_whitespace().next()).unwrap_or_default().to_owned()
    };
    assert_eq!(number("Complete requests:"), "100", "{report}");
    assert_eq!(number("Failed requests:"), "0", "{report}");
    assert_eq!(number("HTML transferred:"), "10000000", "{report}");
    assert_eq!(number("Non-2xx responses:"), "", "{report}");
}

/// Two files and what is not there come over the connection of the first.
fn curl_asks_for_several_things_on_one_connection(fetch: &Fetch) {
    let content = Seed::new().bytes(300_000);
    fetch.put("a.bin", &content);
    fetch.put("empty.bin", "");
    let [a, empty, none] = ["a.bin", "empty.bin", "none.bin"].map(|name| fetch.url(name));
    let form = "%{http_code} %{num_connects}, ";
    let arguments = ["-s", "-w", form, "-o", "a.bin", &a, "-o", "empty.bin", &empty];
    let arguments = [&arguments[..], &["-o", "none", &none, "-o", "again.bin", &a]].concat();
    let Some(done) = fetch.run("curl", &arguments) else { return };
    went_well(&done);
    assert_bytes!(done.output, b"200 1, 200 0, 404 0, 200 0, ");
    assert_bytes!(fetch.fetched("a.bin"), content);
    assert_bytes!(fetch.fetched("empty.bin"), b"");
    assert_bytes!(fetch.fetched("again.bin"), content);
}

/// It speaks HTTP/1.0, and keeps a connection if it is told that it may.
fn ab_keeps_its_connections(fetch: &Fetch) {
    fetch.put("a.bin", Seed::new().bytes(10_000));
    let arguments = ["-q", "-k", "-n", "100", "-c", "5", "-s", "20", &fetch.url("a.bin")];
    let Some(done) = fetch.run("ab", &arguments) else { return };
    went_well(&done);
    let report = String::from_utf8(done.output).unwrap();
    let number = |name: &str| {
        let line = report.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("no {name:?} in {report}")).split_whitespace().next()
    };
    assert_eq!(number("Keep-Alive requests:"), Some("100"), "{report}");
    assert_eq!(number("Failed requests:"), Some("0"), "{report}");
    assert_eq!(number("HTML transferred:"), Some("1000000"), "{report}");
}

/// It calls it a read error if only the end of the connection tells where an answer ends.
fn wrk_finds_the_end_of_every_answer(fetch: &Fetch) {
    fetch.put("a.bin", Seed::new().bytes(10_000));
    wrk_finds_no_error(fetch, "a.bin");
}

fn wrk_finds_the_end_of_what_comes_in_chunks(fetch: &Fetch) {
    wrk_finds_no_error(fetch, "numbers");
}

/// wrk counts time, and not requests. It has a second, of which it needs little.
const STOP_WRK: &str = "
local left = 200
function response()
  left = left - 1
  if left == 0 then wrk.thread:stop() end
end
";

fn wrk_finds_no_error(fetch: &Fetch, path: &str) {
    fs::write(fetch.here.join("stop.lua"), STOP_WRK).unwrap();
    let arguments = ["-t1", "-c2", "-d1s", "-s", "stop.lua", &fetch.url(path)];
    let Some(done) = fetch.run("wrk", &arguments) else { return };
    went_well(&done);
    let report = String::from_utf8(done.output).unwrap();
    assert!(report.contains(" requests in ") && !report.contains("  0 requests in "), "{report}");
    // It has a line about them if there were any.
    assert!(!report.contains("Socket errors"), "{report}");
    assert!(!report.contains("Non-2xx"), "{report}");
}

/// It names no port in `Host`, and has ten requests on each connection.
fn httperf_gets_a_reply_for_every_request(fetch: &Fetch) {
    fetch.put("a.bin", Seed::new().bytes(10_000));
    let (host, port) = fetch.server.address.rsplit_once(':').unwrap();
    let arguments = ["--server", host, "--port", port, "--uri", "/a.bin", "--timeout", "20"];
    let counts = ["--num-conns", "20", "--num-calls", "10"];
    let Some(done) = fetch.run("httperf", &[&arguments[..], &counts].concat()) else { return };
    went_well(&done);
    let report = String::from_utf8(done.output).unwrap();
    for line in [
        "Total: connections 20 requests 200 replies 200 ",
        "Reply status: 1xx=0 2xx=200 3xx=0 4xx=0 5xx=0\n",
        " content 10000.0 ",
        "Errors: total 0 ",
    ] {
        assert!(report.contains(line), "{report}");
    }
}

/// With a length, without one (in chunks), and with a question before it.
fn curl_sends_a_body_however_its_end_is_told(fetch: &Fetch) {
    fs::write(fetch.here.join("body.bin"), Seed::new().bytes(3_000_000)).unwrap();
    let url = fetch.url("count");
    for fields in [
        &["-H", "Expect:"][..],
        &["-H", "Expect: 100-continue", "--expect100-timeout", "60"],
        &["-H", "Expect:", "-H", "Transfer-Encoding: chunked"],
        &["-H", "Transfer-Encoding: chunked", "--expect100-timeout", "60"],
    ] {
        let arguments = [&["-s", "-m", "30", "-T", "body.bin"], fields, &[&url]].concat();
        let Some(done) = fetch.run("curl", &arguments) else { return };
        went_well(&done);
        assert_bytes!(done.output, b"3000000 bytes\n", "{fields:?}");
    }
    // What no handler wants is refused before it is sent: nobody waits for the timeout.
    let expect = ["-s", "-m", "30", "--expect100-timeout", "60", "-H", "Expect: 100-continue"];
    let none = fetch.url("none");
    let told = ["-T", "body.bin", "-o", "answer", "-w", "%{http_code} %{size_upload}", &none];
    let done = fetch.run("curl", &[&expect[..], &told].concat()).unwrap();
    went_well(&done);
    assert_bytes!(done.output, b"405 0");
}

/// Tests of these programs on the program of a chapter.
macro_rules! on {
    ($chapter:ident: $($test:ident),+ $(,)?) => {
        mod $chapter {
            $(#[test]
            fn $test() {
                super::$test(&super::Fetch::from(stringify!($chapter)));
            })+
        }
    };
}

on! {
    ch11:
    curl_takes_up_a_download_and_asks_whether_it_has_changed,
    wget_goes_on_where_it_ended_and_fetches_only_what_has_changed,
    wget_copies_a_whole_tree,
    aria2c_fetches_a_file_in_parts_at_the_same_time,
    git_clones_a_repository_that_is_only_files,
    apt_installs_from_a_repository_and_sees_that_nothing_has_changed,
    ab_finds_no_answer_that_failed,
}
on! {
    ch12:
    curl_takes_up_a_download_and_asks_whether_it_has_changed,
    wget_goes_on_where_it_ended_and_fetches_only_what_has_changed,
    wget_copies_a_whole_tree,
    aria2c_fetches_a_file_in_parts_at_the_same_time,
    git_clones_a_repository_that_is_only_files,
    apt_installs_from_a_repository_and_sees_that_nothing_has_changed,
    ab_finds_no_answer_that_failed,
    curl_asks_for_several_things_on_one_connection,
    ab_keeps_its_connections,
    wrk_finds_the_end_of_every_answer,
    wrk_finds_the_end_of_what_comes_in_chunks,
    httperf_gets_a_reply_for_every_request,
    curl_sends_a_body_however_its_end_is_told,
}
on! {
    ch13:
    curl_takes_up_a_download_and_asks_whether_it_has_changed,
    wget_goes_on_where_it_ended_and_fetches_only_what_has_changed,
    wget_copies_a_whole_tree,
    aria2c_fetches_a_file_in_parts_at_the_same_time,
    git_clones_a_repository_that_is_only_files,
    apt_installs_from_a_repository_and_sees_that_nothing_has_changed,
    ab_finds_no_answer_that_failed,
    curl_asks_for_several_things_on_one_connection,
    ab_keeps_its_connections,
    wrk_finds_the_end_of_every_answer,
    httperf_gets_a_reply_for_every_request,
}
on! {
    ch14:
    curl_takes_up_a_download_and_asks_whether_it_has_changed,
    wget_goes_on_where_it_ended_and_fetches_only_what_has_changed,
    wget_copies_a_whole_tree,
    aria2c_fetches_a_file_in_parts_at_the_same_time,
    git_clones_a_repository_that_is_only_files,
    apt_installs_from_a_repository_and_sees_that_nothing_has_changed,
    ab_finds_no_answer_that_failed,
    curl_asks_for_several_things_on_one_connection,
    ab_keeps_its_connections,
}
on! {
    ch15:
    curl_takes_up_a_download_and_asks_whether_it_has_changed,
    wget_goes_on_where_it_ended_and_fetches_only_what_has_changed,
    wget_copies_a_whole_tree,
    aria2c_fetches_a_file_in_parts_at_the_same_time,
    git_clones_a_repository_that_is_only_files,
    apt_installs_from_a_repository_and_sees_that_nothing_has_changed,
    ab_finds_no_answer_that_failed,
    curl_asks_for_several_things_on_one_connection,
    ab_keeps_its_connections,
}
on! {
    ch16:
    curl_takes_up_a_download_and_asks_whether_it_has_changed,
    wget_goes_on_where_it_ended_and_fetches_only_what_has_changed,
    wget_copies_a_whole_tree,
    aria2c_fetches_a_file_in_parts_at_the_same_time,
    git_clones_a_repository_that_is_only_files,
    apt_installs_from_a_repository_and_sees_that_nothing_has_changed,
    ab_finds_no_answer_that_failed,
    curl_asks_for_several_things_on_one_connection,
    ab_keeps_its_connections,
}
