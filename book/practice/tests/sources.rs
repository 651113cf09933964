//! No file of the course itself is refused that a learner could have written.

use course_practice::judge::source::objection;
use std::fs;
use std::path::Path;
use workbook::course::checkout::Checkout;
use workbook::course::exercise::Exercise;
use workbook::course::learner_files::{exercise_folder, file_names, solution_path, starter_path};

#[test]
fn starters_and_solutions_and_chapters_are_let_through() {
    let checkout = Checkout::at(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")).unwrap();
    let (mut scanned, mut refused) = (0, Vec::new());
    for chapter in &checkout.course().unwrap().chapters {
        let Some(exercise) = Exercise::read(&checkout.root, chapter).unwrap() else { continue };
        let here = exercise_folder(&checkout.root, &exercise);
        // A copy for learners has none, and not every file of a chapter is the solution of one
        // that has the same name. What a learner has written here is not the course's.
        let has_solutions = here.join("solution").is_dir();
        for name in file_names(&exercise) {
            let model = has_solutions.then(|| solution_path(&checkout.root, &exercise, name));
            for path in model.into_iter().chain([here.join(starter_path(name))]) {
                let text = fs::read_to_string(&path).unwrap();
                if let Some(objection) = objection(&text) {
                    refused.push(format!("{}: {objection}", checkout.short(&path)));
                }
                scanned += 1;
            }
        }
    }
    assert!(scanned > 0, "there is no exercise");
    assert!(refused.is_empty(), "{refused:#?}");
}
