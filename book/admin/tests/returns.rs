//! Grades as platforms take them back, and the parts of a class as a whole. Nothing is graded here.

use anyhow::Result;
use course_admin::grade::formats::{Environment, Format, class_document};
use course_admin::grade::handed_in::Person;
use course_admin::grade::merge;
use course_admin::grade::record::{
    ClassInfo, ExerciseRecord, Record, SCHEMA, TaskRecord, TestRecord,
};
use course_admin::grade::returns::{feedback, fill};
use course_admin::grade::shard::Shard;
use course_practice::judge::outcome::Status;
use std::fs;
use std::io::{Cursor, Read};
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;
use zip::ZipArchive;

/// Somebody with so many of 13 points; `None` if a file of theirs was not read.
fn record(number: usize, points: Option<f64>) -> Record {
    let passed = points == Some(13.0);
    let test = TestRecord {
        id: "ex03/at_most/a".to_owned(),
        chapter: "ch03".to_owned(),
        task: "at_most".to_owned(),
        name: "who leaves makes room".to_owned(),
        order: 1,
        status: if passed { Status::Pass } else { Status::Fail },
        points,
        max_points: 13.0,
        message: if passed { String::new() } else { "<b>told</b> \"full\"".to_owned() },
        output: "1 client sends b\"a\\n\"".to_owned(),
        hint: "Where is the seat taken?".to_owned(),
        ..TestRecord::default()
    };
    let mut task = TaskRecord {
        id: "at_most".to_owned(),
        kind: "extend".to_owned(),
        title: "At most N clients".to_owned(),
        points,
        max_points: 13.0,
        tests: vec![test],
    };
    if points.is_none() {
        task.not_read("work.rar: it is a RAR archive, which is not opened here");
    }
    let (login, id) = (format!("user{number:02}"), (4000 + number).to_string());
    let name = format!("First{number:02} Last{number:02}");
    Record {
        schema: SCHEMA.to_owned(),
        submission: name.clone(),
        person: Person { platform: "moodle".to_owned(), name, id, login },
        seed: 7,
        complete: true,
        score: points,
        max_score: 13.0,
        exercises: vec![ExerciseRecord {
            id: "ex03".to_owned(),
            chapter: "ch03".to_owned(),
            title: "Threads".to_owned(),
            tasks: vec![task],
            ..ExerciseRecord::default()
        }],
        ..Record::default()
    }
}

/// All points, none, some, one who was not read, and one of whom not everything was run.
fn class() -> Vec<Record> {
    let unfinished = Record { complete: false, ..record(6, Some(2.0)) };
    let mut class: Vec<_> = [Some(13.0), Some(0.0), Some(6.0), None]
        .into_iter()
        .zip(1..)
        .map(|(points, at)| record(at, points))
        .collect();
    class.push(unfinished);
    class
}

struct Fixture(TempDir);

impl Fixture {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn fill(&self, text: impl AsRef<[u8]>, column: Option<&str>) -> Result<(String, String)> {
        let (bytes, said) = fill(&self.write("sheet.csv", text), &class(), column)?;
        Ok((String::from_utf8(bytes)?, said))
    }

    #[track_caller]
    fn refused(&self, text: impl AsRef<[u8]>, sentence: &str) {
        let said = format!("{:#}", self.fill(text, None).unwrap_err());
        assert!(said.contains(sentence), "{sentence:?} is not in {said:?}");
    }
}

/// In German, with the mark of UTF-8, and a fifth who has handed in nothing.
const MOODLE: &str = "\u{feff}ID,\"Vollständiger Name\",E-Mail-Adresse,Status,Bewertung,\"Bestwertung\",\"Bewertung kann geändert werden\",\"Zuletzt geändert (Abgabe)\",\"Zuletzt geändert (Bewertung)\",\"Feedback als Kommentar\"
\"Teilnehmer/in 4003\",\"First03 Last03\",c@example.org,\"Zur Bewertung abgegeben\",,\"13,00\",Ja,\"Montag, 5. Oktober 2026, 09:30\",-,
\"Teilnehmer/in 4001\",\"First01 Last01\",a@example.org,\"Zur Bewertung abgegeben\",\"3,00\",\"13,00\",Ja,\"Montag, 5. Oktober 2026, 09:30\",\"Dienstag, 6. Oktober 2026, 10:00\",alt
\"Teilnehmer/in 4002\",\"First02 Last02\",b@example.org,\"Zur Bewertung abgegeben\",-,\"13,00\",Ja,\"Montag, 5. Oktober 2026, 09:30\",-,
\"Teilnehmer/in 4004\",\"First04 Last04\",d@example.org,\"Zur Bewertung abgegeben\",\"1,00\",\"13,00\",Ja,\"Montag, 5. Oktober 2026, 09:30\",-,von Hand
\"Teilnehmer/in 4006\",\"First06 Last06\",f@example.org,\"Zur Bewertung abgegeben\",,\"13,00\",Ja,\"Montag, 5. Oktober 2026, 09:30\",-,
\"Teilnehmer/in 4005\",\"First05 Last05\",e@example.org,\"Keine Abgabe\",,\"13,00\",Ja,-,-,
";

#[test]
fn moodles_worksheet_keeps_its_language_and_what_was_not_read_stays_as_it_was() {
    let fixture = Fixture::new();
    let (filled, said) = fixture.fill(MOODLE, None).unwrap();
    let (was, is): (Vec<_>, Vec<_>) = (MOODLE.lines().collect(), filled.lines().collect());
    assert_eq!(is.len(), was.len());
    let cells = |line: &str| -> Vec<String> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
        reader.records().next().unwrap().unwrap().iter().map(str::to_owned).collect()
    };
    for (was, is) in was.iter().zip(&is) {
        let (mut was, mut is) = (cells(was), cells(is));
        let (grade, comment) = (is[4].clone(), is[9].clone());
        match was[0].as_str() {
            "Teilnehmer/in 4003" => assert_eq!(grade, "6"),
            "Teilnehmer/in 4001" => assert_eq!(grade, "13"),
            "Teilnehmer/in 4002" => {
                assert_eq!(grade, "0");
                // It is put into a page.
                let told = "(who leaves makes room: &lt;b&gt;told&lt;/b&gt; \"full\")";
                assert_eq!(comment, format!("ex03 At most N clients: 0 of 13 {told}"));
            }
            _ => assert_eq!((&grade, &comment), (&was[4], &was[9]), "it was touched"),
        }
        for at in [4, 9] {
            (was[at], is[at]) = (String::new(), String::new());
        }
        assert_eq!(was, is);
    }
    assert!(filled.starts_with("\u{feff}ID,Vollständiger Name,"), "{filled}");
    let why = "1 without a grade, since they were not read: First04 Last04\n  \
               1 without a grade, since not everything was run: First06 Last06";
    assert_eq!(said, format!("3 of 5 people have a grade in it\n  {why}"));
    // Other points there than here, and a semicolon between cells.
    let other = MOODLE.replace("\"13,00\"", "\"100,00\"");
    let (filled, said) = fixture.fill(other, None).unwrap();
    assert!(said.contains("13 points are 100 there, and others in proportion"), "{said}");
    assert_eq!(cells(filled.lines().nth(1).unwrap())[4], "46,15");
    let plain =
        "Identifier;Full name;Grade;Maximum Grade;Feedback comments\nParticipant 4003;x;;13.00;\n";
    let (filled, said) = fixture.fill(plain, None).unwrap();
    let line = "Participant 4003,x,6,13.00,\"ex03 At most N clients: 6 of 13 (";
    assert!(filled.lines().nth(1).unwrap().starts_with(line), "{filled}");
    assert!(
        said.contains("2 not found in the table, or not alone: First01 Last01, First02"),
        "{said}"
    );
}

const CANVAS: &str =
    "Student,ID,SIS User ID,SIS Login ID,Section,Exercise 3 (777),Quiz (888),Current Score
    Points Possible,,,,,    13.00,5.00,(read only)
\"Last03, First03\",4003,s3,user03,A,,4,
\"Last01, First01\",4001,s1,user01,A,2,4,
\"Last04, First04\",4004,s4,user04,A,9,4,
\"Last09, First09\",4009,s9,user09,A,8,4,
\"Student, Test\",9,,,A,,,
";

#[test]
fn canvas_gets_one_column_and_nobody_who_has_no_grade() {
    let fixture = Fixture::new();
    let (filled, said) = fixture.fill(CANVAS, Some("Exercise 3")).unwrap();
    assert_eq!(
        filled,
        "Student,ID,SIS User ID,SIS Login ID,Section,Exercise 3 (777)\n    \
             Points Possible,,,,,    13.00\n\
         \"Last03, First03\",4003,s3,user03,A,6\n\
         \"Last01, First01\",4001,s1,user01,A,13\n"
    );
    assert!(said.starts_with("2 of 5 people have a grade in it\n"), "{said}");
    assert!(said.contains("1 not found in the table, or not alone: First02 Last02"), "{said}");
    let what =
        "several columns may be meant: say which, as in `--column NAME`: Exercise 3 (777); Quiz";
    fixture.refused(CANVAS, what);
    let one = CANVAS.replace("Quiz (888)", "Notes").replace("    Points Possible", "x");
    fixture.refused(one, "there is no row “Points Possible”");
}

#[test]
fn blackboard_gets_quotes_and_d2l_its_end_of_lines() {
    let fixture = Fixture::new();
    let (filled, _) = fixture
        .fill(
            "\"Last Name\",\"First Name\",\"Username\",\"Student ID\",\"Exercise 3 [Total Pts: 26 Score] |123\",\"Total [Total Pts: up to 40 Score] |9\"\n\
             \"Last01\",\"First01\",\"user01\",\"1\",\"\",\"\"\n\
             \"Last04\",\"First04\",\"user04\",\"4\",\"5\",\"\"\n",
            Some("Exercise"),
        )
        .unwrap();
    assert_eq!(
        filled,
        "\"Last Name\",\"First Name\",\"Username\",\"Exercise 3 [Total Pts: 26 Score] |123\"\n\
         \"Last01\",\"First01\",\"user01\",\"26\"\n"
    );
    let d2l = "OrgDefinedId,Username,Last Name,First Name,\"Exercise 3 Points Grade <Numeric MaxPoints:10 Weight:5>\",End-of-Line Indicator\n\
        #1,#u1,Last01,First01,,#\n\
        #3,#u3,Last03,First03,,#\n\
        #4,#u4,Last04,First04,2,#\n\
        #2,#u2,Last02,First02,,#\n\
        #5,#u5,Last02,First02,,#\n";
    let (filled, said) = fixture.fill(d2l, None).unwrap();
    assert_eq!(
        filled,
        "OrgDefinedId,Username,Exercise 3 Points Grade <Numeric MaxPoints:10 Weight:5>,End-of-Line Indicator\n\
         #1,#u1,10,#\n\
         #3,#u3,4.62,#\n"
    );
    // Two have the name of one: nobody gets it.
    assert!(said.contains("1 not found in the table, or not alone: First02 Last02"), "{said}");
    // And two who handed in have the name of one in the table.
    let twins =
        [record(1, Some(13.0)), Record { submission: "twin".to_owned(), ..record(1, Some(1.0)) }];
    let (bytes, said) = fill(&fixture.write("d2l.csv", d2l), &twins, None).unwrap();
    assert_eq!(String::from_utf8(bytes).unwrap().lines().count(), 1);
    assert!(
        said.contains("2 not found in the table, or not alone: First01 Last01, twin"),
        "{said}"
    );
}

#[test]
fn what_is_no_table_is_told() {
    let fixture = Fixture::new();
    fixture.refused(
        "a,b\n1,2\n",
        "is no table of Moodle, Canvas, Blackboard or D2L: it begins with a, b",
    );
    fixture.refused("Identifier,x,y,z\n", "there is no row in it");
    fixture.refused(b"\xff\xfeI\0", "it is UTF-16: download it again with commas");
    fixture.refused(b"Identifier,\xe4\nP 1,x\n", "it is not UTF-8");
    fixture
        .refused("Identifier,Name,Grade,Scale\nP 4001,x,,good\n", "say it, as in `--column Grade`");
    let mut other = class();
    other[0].max_score = 26.0;
    let error = fill(&fixture.write("s.csv", MOODLE), &other, None).unwrap_err().to_string();
    assert!(error.contains("one column needs the same for all, as in `--only ch03`"), "{error}");
    let error = fill(&fixture.write("s.csv", MOODLE), &[record(4, None)], None).unwrap_err();
    assert!(error.to_string().contains("nobody has a grade"));
}

#[test]
fn everybody_gets_a_file_where_moodle_looks_for_it() {
    let mut records = class();
    records.push(Record {
        submission: "a/b: c".to_owned(),
        person: Person::named("a/b: c"),
        ..record(5, Some(13.0))
    });
    let mut zip = ZipArchive::new(Cursor::new(feedback(&records).unwrap())).unwrap();
    let mut texts = Vec::new();
    for at in 0..zip.len() {
        let mut file = zip.by_index(at).unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        texts.push((file.name().to_owned(), text));
    }
    let names: Vec<_> = texts.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "First01 Last01_4001_assignsubmission_file/feedback.txt",
            "First02 Last02_4002_assignsubmission_file/feedback.txt",
            "First03 Last03_4003_assignsubmission_file/feedback.txt",
            "First04 Last04_4004_assignsubmission_file/feedback.txt",
            "First06 Last06_4006_assignsubmission_file/feedback.txt",
            "a_b_ c/feedback.txt",
        ]
    );
    assert!(texts[0].1.starts_with("First01 Last01: 13 of 13 points\n"));
    let failed = "\nex03 At most N clients: who leaves makes room\n\n<b>told</b> \"full\"\n\n1 client sends b\"a\\n\"\n\nhint: Where is the seat taken?\n";
    assert!(texts[1].1.contains(failed), "{}", texts[1].1);
    let unread = "First04 Last04: 0 of 13 points, partly not read: work.rar: it is a RAR archive";
    assert!(texts[3].1.starts_with(unread), "{}", texts[3].1);
    assert!(!texts[3].1.contains("hint:"), "{}", texts[3].1);
}

/// A class of ten in so many parts.
fn parts(fixture: &Fixture, count: usize) -> Vec<PathBuf> {
    let all: Vec<_> = (1..=10).map(|number| record(number, Some(number as f64))).collect();
    let names: Vec<_> = all.iter().map(|one| one.submission.clone()).collect();
    let part = |number: usize| {
        let shard = Shard { number, count };
        let records: Vec<_> = shard.of(&all).cloned().collect();
        let text = class_document(&records, Some(&info(&names, Some(shard)))).unwrap();
        fixture.write(&format!("{number}.json"), text)
    };
    (1..=count).map(part).collect()
}

fn info(names: &[String], shard: Option<Shard>) -> ClassInfo {
    ClassInfo {
        course: "c0ffee".to_owned(),
        seed: 7,
        exercises: vec!["ex03".to_owned()],
        people: names.to_vec(),
        shard: shard.map(|shard| shard.to_string()),
    }
}

#[test]
fn parts_in_any_order_are_the_class() {
    let fixture = Fixture::new();
    for count in [1, 3, 10] {
        let mut paths = parts(&fixture, count);
        paths.reverse();
        let (class, records) = merge::read(&paths).unwrap();
        assert_eq!((class.shard, class.seed, records.len()), (None, 7, 10));
        let points: Vec<_> = records.iter().map(|record| record.score.unwrap()).collect();
        assert_eq!(points, (1..=10).map(f64::from).collect::<Vec<_>>());
    }
    // What was joined can be read like a part, and be written in each form.
    let (class, records) = merge::read(&parts(&fixture, 3)).unwrap();
    let whole = fixture.write("whole.json", class_document(&records, Some(&class)).unwrap());
    assert_eq!(merge::read(&[whole]).unwrap(), (class, records.clone()));
    Format::Csv.write(&records, &Environment::read()).unwrap();
}

#[test]
fn parts_that_are_no_class_are_refused_by_name() {
    let fixture = Fixture::new();
    let said = |paths: &[PathBuf]| format!("{:#}", merge::read(paths).unwrap_err());
    let paths = parts(&fixture, 4);
    assert_eq!(
        said(&paths[..3]),
        "missing: part 4/4; there is no record of First04 Last04, First08 Last08"
    );
    let twice = [&paths[..], &paths[1..2]].concat();
    assert!(said(&twice).starts_with("there is more than one record of First02 Last02 (in "));
    let change = |name: &str, from: &str, to: &str| {
        let text = fs::read_to_string(&paths[1]).unwrap();
        assert!(text.contains(from), "{from}");
        let changed = fixture.write(name, text.replace(from, to));
        said(&[paths[0].clone(), changed, paths[2].clone(), paths[3].clone()])
    };
    for (from, to, sentence) in [
        ("\"seed\": 7", "\"seed\": 8", "have different seeds, 7 and 8: give all parts the same"),
        ("c0ffee", "decaf", "were graded with different courses"),
        ("\"ex03\"\n", "\"ex04\"\n", "were graded on different exercises, ex03 and ex04"),
        ("\"First03 Last03\",\n", "", "are of different classes: only one has First03 Last03"),
        ("\"2/4\"", "\"2/5\"", "are parts of different divisions: 1/4 and 2/5"),
        ("\"submission\": \"First02", "\"submission\": \"Nobody", "there is no record of First02"),
        ("servers-by-hand/grades/v1", "servers-by-hand/grades/v0", "its form is servers-by-hand"),
        ("\"class\"", "\"klass\"", "does not say of which class it is: grade it again"),
        ("{", "[", "it is not what `grade --format json` writes for a class"),
    ] {
        let said = change("changed.json", from, to);
        assert!(said.contains(sentence), "{sentence:?} is not in {said:?}");
    }
    assert!(said(&[fixture.0.path().join("gone.json")]).contains("cannot read"));
}

/// Runs the program itself.
fn grade(arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_course-admin"));
    let output = command.arg("grade").args(arguments).output().unwrap();
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

#[test]
fn the_program_grades_a_part_and_joins_the_parts() {
    let fixture = Fixture::new();
    let at = |name: &str| fixture.0.path().join(name).to_str().unwrap().to_owned();
    for name in ["c", "a", "b"] {
        fs::create_dir_all(at(&format!("class/{name}"))).unwrap();
        fs::write(at(&format!("class/{name}/notes.txt")), "no work").unwrap();
    }
    let people = ["c", "a", "b"].map(|name| at(&format!("class/{name}")));
    let part = |number: usize| {
        let (shard, output) = (format!("{number}/2"), at(&format!("part-{number}.json")));
        let mut arguments = vec!["--only", "ch03", "--seed", "7", "--exit-zero", "--shard", &shard];
        arguments.extend(people.iter().map(String::as_str));
        // Without a place for it, it is not begun.
        let (code, said) = grade(&arguments);
        assert!(
            code == Some(1) && said.contains("where does this part of the class go?"),
            "{said}"
        );
        arguments.extend(["--output", &output]);
        let (code, said) = grade(&arguments);
        assert_eq!(code, Some(0), "{said}");
        (output, said)
    };
    let ((first, said), (second, _)) = (part(1), part(2));
    let unread = "a          -  not read: nothing in it belongs to an exercise";
    assert!(said.contains(unread) && !said.contains("b  "), "{said}");
    let (code, table) = grade(&["--merge", &second, &first, "--format", "csv"]);
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    let known: Vec<_> = rows.iter().map(|row| (row[0].to_owned(), row[1].to_owned())).collect();
    assert_eq!(known, ["a", "b", "c"].map(|name| (name.to_owned(), String::new())));
    assert_eq!(code, Some(1));
    let (code, said) = grade(&["--merge", &first]);
    assert!(
        code == Some(1) && said.contains("missing: part 2/2; there is no record of b"),
        "{said}"
    );
    // A table that cannot be filled in is told before anything is graded.
    let sheet = fixture.write("sheet.csv", "a,b\n1,2\n");
    for (options, sentence) in [
        (
            ["--sheet", sheet.to_str().unwrap(), "--output", "x.csv"],
            "is no table of Moodle, Canvas",
        ),
        (["--feedback", "no folder/x.zip", "--format", "json"], "cannot write no folder/x.zip; is"),
    ] {
        let (code, said) = grade(&[&[people[0].as_str()], &options[..]].concat());
        assert!(code == Some(1) && said.contains(sentence) && !said.contains("notes"), "{said}");
    }
    let (_, all) = grade(&["--merge", &second, &first, "--format", "json"]);
    let whole = fixture.write("whole.json", all);
    let (code, said) = grade(&["--merge", whole.to_str().unwrap(), "--exit-zero"]);
    assert!(code == Some(0) && said.contains("3 of 3 were not read, or not wholly"), "{said}");
}
