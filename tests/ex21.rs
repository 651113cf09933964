//! What the extensions of chapter 21 promise.

mod idempotency {
    use ch21::{
        ANOTHER_CALL, Arguments, Fault, Idempotency, MAX_IDEMPOTENCY_KEY, NO_ROOM, STILL_RUNNING,
        Value,
    };
    use mock::Seed;
    use std::collections::BTreeMap;
    use std::time::{Duration, Instant};

    type Outcome = Result<Value, Fault>;

    /// A memory, and a clock that begins with it.
    struct Scene {
        memory: Idempotency,
        begin: Instant,
    }

    impl Scene {
        /// Outcomes are good for 1000 milliseconds.
        fn with_room(room: usize) -> Self {
            let memory = Idempotency::new(Duration::from_secs(1), room);
            Self { memory, begin: Instant::now() }
        }

        fn at(&self, milliseconds: u64) -> Instant {
            self.begin + Duration::from_millis(milliseconds)
        }

        /// What is answered to `shop.order` of this dish.
        fn orders(&mut self, milliseconds: u64, key: &str, dish: &str) -> Option<Outcome> {
            let now = self.at(milliseconds);
            self.memory.begin(key, "shop.order", &in_order([dish]), now)
        }

        /// The number of the fault that is answered.
        #[track_caller]
        fn fault(&mut self, milliseconds: u64, key: &str, dish: &str) -> i32 {
            match self.orders(milliseconds, key, dish) {
                Some(Err(fault)) => fault.code,
                other => panic!("{other:?} is no fault"),
            }
        }

        fn made(&mut self, milliseconds: u64, key: &str, outcome: impl Into<Value>) {
            self.memory.finish(key, Ok(outcome.into()), self.at(milliseconds));
        }
    }

    fn in_order<const N: usize>(texts: [&str; N]) -> Arguments {
        Arguments::InOrder(texts.map(Value::from).into())
    }

    #[test]
    fn a_new_key_is_made_and_its_outcome_is_the_answer_to_the_same_call_again() {
        let mut seed = Seed::new();
        let words = seed.words(2);
        let [key, dish] = &words[..] else { unreachable!("two were asked for") };
        let number = seed.number(1..=1000) as i64;
        let mut scene = Scene::with_room(2);
        assert_eq!(scene.orders(0, key, dish), None);
        scene.made(10, key, number);
        for milliseconds in [10, 11, 500, 1009] {
            assert_eq!(scene.orders(milliseconds, key, dish), Some(Ok(number.into())));
        }
    }

    #[test]
    fn a_fault_is_an_outcome_too_whatever_its_number() {
        for code in [1, Fault::INTERNAL, Fault::METHOD, STILL_RUNNING, NO_ROOM] {
            let mut scene = Scene::with_room(2);
            let fault = Fault::new(code, "not today");
            assert_eq!(scene.orders(0, "a", "soup"), None);
            scene.memory.finish("a", Err(fault.clone()), scene.at(0));
            assert_eq!(scene.orders(0, "a", "soup"), Some(Err(fault.clone())));
            assert_eq!(scene.orders(999, "a", "soup"), Some(Err(fault)));
        }
    }

    #[test]
    fn each_key_has_its_own_outcome() {
        let mut scene = Scene::with_room(3);
        for key in ["a", "A", "a "] {
            assert_eq!(scene.orders(0, key, "soup"), None, "{key:?}");
        }
        scene.made(0, "A", 2);
        scene.made(0, "a ", 3);
        scene.made(0, "a", 1);
        for (key, number) in [("a", 1), ("A", 2), ("a ", 3)] {
            assert_eq!(scene.orders(0, key, "soup"), Some(Ok(number.into())), "{key:?}");
        }
    }

    #[test]
    fn while_it_is_made_the_same_call_is_told_so() {
        let mut scene = Scene::with_room(2);
        assert_eq!((STILL_RUNNING, ANOTHER_CALL, NO_ROOM), (-32001, -32002, -32003));
        assert_eq!(scene.orders(0, "a", "soup"), None);
        for milliseconds in [0, 1, 999, 1000, 1_000_000] {
            assert_eq!(scene.fault(milliseconds, "a", "soup"), STILL_RUNNING);
        }
        scene.made(1_000_000, "a", 7);
        assert_eq!(scene.orders(1_000_000, "a", "soup"), Some(Ok(7.into())));
    }

    #[test]
    fn another_call_cannot_have_its_key() {
        let mut scene = Scene::with_room(2);
        assert_eq!(scene.orders(0, "a", "soup"), None);
        let by_name = Arguments::ByName([("dish".to_owned(), "soup".into())].into());
        for is_made in [false, true] {
            let now = scene.at(1);
            let others = [
                ("shop.order", in_order(["bread"])),
                ("shop.order", in_order([])),
                ("shop.order", in_order(["soup", "soup"])),
                ("shop.order", by_name.clone()),
                ("shop.Order", in_order(["soup"])),
                ("shop.cancel", in_order(["soup"])),
            ];
            for (name, arguments) in others {
                let answer = scene.memory.begin("a", name, &arguments, now);
                let Some(Err(fault)) = answer else { panic!("{name} {arguments:?}: {answer:?}") };
                assert_eq!(fault.code, ANOTHER_CALL, "{name} {arguments:?}");
            }
            // It was no harm to the first one.
            match is_made {
                false => assert_eq!(scene.fault(1, "a", "soup"), STILL_RUNNING),
                true => assert_eq!(scene.orders(1, "a", "soup"), Some(Ok(1.into()))),
            }
            scene.made(1, "a", 1);
        }
    }

    #[test]
    fn with_names_it_is_the_same_call_in_whichever_order_they_came() {
        let mut scene = Scene::with_room(2);
        let fields = [("dish".to_owned(), Value::from("soup")), ("spoons".to_owned(), 2.into())];
        let now = scene.at(0);
        let one = Arguments::ByName(fields.clone().into());
        let same = Arguments::ByName(fields.into_iter().rev().collect::<BTreeMap<_, _>>());
        assert_eq!(scene.memory.begin("a", "shop.order", &one, now), None);
        scene.made(0, "a", 1);
        assert_eq!(scene.memory.begin("a", "shop.order", &same, now), Some(Ok(1.into())));
    }

    #[test]
    fn a_key_has_1_to_64_bytes() {
        assert_eq!(MAX_IDEMPOTENCY_KEY, 64);
        let mut scene = Scene::with_room(3);
        for key in ["", &"k".repeat(65), &"\u{e4}".repeat(33), &"k".repeat(1_000_000)] {
            assert_eq!(scene.fault(0, key, "soup"), Fault::PARAMS, "{} bytes", key.len());
        }
        // Those took no room.
        for key in ["k", &"k".repeat(64), &"\u{e4}".repeat(32)] {
            assert_eq!(scene.orders(0, key, "soup"), None, "{} bytes", key.len());
        }
    }

    #[test]
    fn an_outcome_is_forgotten_when_its_time_has_passed_and_not_before() {
        let mut scene = Scene::with_room(2);
        assert_eq!(scene.orders(0, "a", "soup"), None);
        // The time begins with the outcome, and not with the call.
        scene.made(700, "a", 1);
        let last = scene.at(1700) - Duration::from_nanos(1);
        let again = scene.memory.begin("a", "shop.order", &in_order(["soup"]), last);
        assert_eq!(again, Some(Ok(1.into())));
        // Then it is a key like any other, also for another call.
        assert_eq!(scene.orders(1700, "a", "bread"), None);
        scene.made(1700, "a", 2);
        assert_eq!(scene.orders(2699, "a", "bread"), Some(Ok(2.into())));
        assert_eq!(scene.orders(2700, "a", "bread"), None);
    }

    #[test]
    fn to_ask_for_an_outcome_does_not_keep_it_longer() {
        let mut scene = Scene::with_room(2);
        assert_eq!(scene.orders(0, "a", "soup"), None);
        scene.made(0, "a", 1);
        for milliseconds in [300, 600, 900, 999] {
            assert_eq!(scene.orders(milliseconds, "a", "soup"), Some(Ok(1.into())));
        }
        assert_eq!(scene.orders(1000, "a", "soup"), None);
    }

    #[test]
    fn for_one_more_key_the_outcome_goes_that_was_there_first() {
        let mut scene = Scene::with_room(3);
        for key in ["a", "b", "c"] {
            assert_eq!(scene.orders(0, key, "soup"), None);
        }
        scene.made(1, "b", 2);
        scene.made(2, "c", 3);
        scene.made(3, "a", 1);
        // To be asked for does not help it.
        assert_eq!(scene.orders(4, "b", "soup"), Some(Ok(2.into())));
        assert_eq!(scene.orders(4, "d", "soup"), None);
        assert_eq!(scene.orders(4, "c", "soup"), Some(Ok(3.into())));
        assert_eq!(scene.orders(4, "a", "soup"), Some(Ok(1.into())));
        // Now it is new, and takes the place of the next one.
        assert_eq!(scene.orders(5, "b", "soup"), None);
        assert_eq!(scene.orders(5, "a", "soup"), Some(Ok(1.into())));
        assert_eq!(scene.fault(5, "d", "soup"), STILL_RUNNING);
        assert_eq!(scene.orders(5, "c", "soup"), None);
    }

    #[test]
    fn a_call_that_is_being_made_is_never_forgotten_and_if_all_are_a_new_one_is_not_made() {
        let mut scene = Scene::with_room(2);
        assert_eq!(scene.orders(0, "a", "soup"), None);
        assert_eq!(scene.orders(0, "b", "soup"), None);
        for milliseconds in [0, 1000, 1_000_000] {
            assert_eq!(scene.fault(milliseconds, "c", "soup"), NO_ROOM);
            assert_eq!(scene.fault(milliseconds, "a", "soup"), STILL_RUNNING);
            assert_eq!(scene.fault(milliseconds, "b", "soup"), STILL_RUNNING);
            assert_eq!(scene.fault(milliseconds, "b", "bread"), ANOTHER_CALL);
        }
        scene.made(1_000_000, "b", 2);
        assert_eq!(scene.orders(1_000_000, "c", "soup"), None);
        assert_eq!(scene.fault(1_000_000, "b", "soup"), NO_ROOM);
        scene.made(1_000_000, "a", 1);
        assert_eq!(scene.orders(1_000_000, "b", "soup"), None);
        let mut none = Scene::with_room(0);
        assert_eq!(none.fault(0, "a", "soup"), NO_ROOM);
    }

    #[test]
    fn what_is_too_old_goes_before_what_is_good() {
        let mut scene = Scene::with_room(2);
        assert_eq!(scene.orders(0, "a", "soup"), None);
        scene.made(0, "a", 1);
        assert_eq!(scene.orders(900, "b", "soup"), None);
        scene.made(900, "b", 2);
        assert_eq!(scene.orders(1000, "c", "soup"), None);
        assert_eq!(scene.orders(1000, "b", "soup"), Some(Ok(2.into())));
    }

    #[test]
    fn of_two_outcomes_the_first_counts_and_one_of_an_unknown_call_none() {
        let mut scene = Scene::with_room(2);
        scene.made(0, "a", 9);
        assert_eq!(scene.orders(0, "a", "soup"), None);
        scene.made(0, "a", 1);
        scene.made(999, "a", 2);
        assert_eq!(scene.orders(999, "a", "soup"), Some(Ok(1.into())));
        // The second one has not made it younger either.
        assert_eq!(scene.orders(1000, "a", "soup"), None);
        assert_eq!(scene.fault(1000, "a", "soup"), STILL_RUNNING);
    }

    #[test]
    fn time_does_not_run_back() {
        let mut scene = Scene::with_room(3);
        for key in ["a", "b"] {
            assert_eq!(scene.orders(5000, key, "soup"), None);
        }
        scene.made(5000, "a", 1);
        // It counts as 5000.
        scene.made(4000, "b", 2);
        assert_eq!(scene.orders(4500, "a", "soup"), Some(Ok(1.into())));
        for (key, number) in [("a", 1), ("b", 2)] {
            assert_eq!(scene.orders(5999, key, "soup"), Some(Ok(number.into())), "{key}");
        }
        for key in ["a", "b"] {
            assert_eq!(scene.orders(6000, key, "soup"), None, "{key}");
        }
        // So it does when the one before it has gone.
        let mut scene = Scene::with_room(2);
        for key in ["a", "b"] {
            assert_eq!(scene.orders(5000, key, "soup"), None);
        }
        scene.made(5000, "a", 1);
        scene.made(4000, "b", 2);
        assert_eq!(scene.orders(5000, "c", "soup"), None);
        assert_eq!(scene.orders(5999, "b", "soup"), Some(Ok(2.into())));
    }

    /// What is promised, as a list of all that happened would say it.
    #[derive(Default)]
    struct Model(Vec<Entry>);

    struct Entry {
        key: String,
        dish: String,
        /// When its outcome was there, which finish that was, and what it is.
        made: Option<(u64, usize, Value)>,
    }

    impl Model {
        fn begin(&mut self, now: u64, key: &str, dish: &str, room: usize) -> Result<Value, i32> {
            let is_good =
                |one: &Entry| one.made.as_ref().is_none_or(|(made, ..)| now < made + 1000);
            self.0.retain(is_good);
            if let Some(known) = self.0.iter().find(|one| one.key == key) {
                return match &known.made {
                    _ if known.dish != dish => Err(ANOTHER_CALL),
                    None => Err(STILL_RUNNING),
                    Some((_, _, outcome)) => Ok(outcome.clone()),
                };
            }
            if self.0.len() == room {
                let made = self.0.iter().filter_map(|one| Some(one.made.as_ref()?.1));
                let Some(first) = made.min() else { return Err(NO_ROOM) };
                self.0.retain(|one| one.made.as_ref().is_none_or(|(_, which, _)| *which != first));
            }
            self.0.push(Entry { key: key.to_owned(), dish: dish.to_owned(), made: None });
            Err(0)
        }
    }

    #[test]
    fn it_answers_as_a_list_of_all_that_happened_would() {
        let mut seed = Seed::new();
        for _ in 0..50 {
            let room = seed.number(1..=4);
            let (mut scene, mut model) = (Scene::with_room(room), Model::default());
            let mut now = 0;
            for which in 0..200 {
                now += seed.number(0..=200) as u64;
                let key = seed.pick(&["a", "b", "c", "d", "e", "f"]);
                if seed.number(0..=1) == 0 {
                    let dish = seed.pick(&["soup", "soup", "soup", "bread"]);
                    let answer = match scene.orders(now, key, dish) {
                        None => Err(0),
                        Some(outcome) => outcome.map_err(|fault| fault.code),
                    };
                    assert_eq!(answer, model.begin(now, key, dish, room), "at {now}, {key} {dish}");
                } else {
                    scene.made(now, key, which as i64);
                    let known = model.0.iter_mut().find(|one| one.key == key);
                    if let Some(known) = known.filter(|one| one.made.is_none()) {
                        known.made = Some((now, which, (which as i64).into()));
                    }
                }
            }
        }
    }
}

mod batch {
    use ch21::{Batch, CallError, Fault, MAX_DEPTH, Procedures, Value, add_samples, answer_json};
    use mock::Seed;
    use serde_json::{Value as Json, json};

    /// What came of something, in a form that can be compared.
    #[derive(Clone, Debug, PartialEq)]
    enum Came {
        Value(Value),
        Fault(i32, String),
        /// No answer, or one that is none.
        Nothing,
    }

    use Came::Nothing;

    impl Came {
        fn of_error(error: CallError) -> Self {
            match error {
                CallError::Fault(Fault { code, text }) => Self::Fault(code, text),
                CallError::Answer(_) => Nothing,
                other => panic!("{other:?} has nothing to do with an answer"),
            }
        }
    }

    fn came(value: impl Into<Value>) -> Came {
        Came::Value(value.into())
    }

    /// What comes of this batch, or why nothing comes of all of it.
    fn results(batch: &Batch, answer: impl AsRef<[u8]>) -> Result<Vec<Came>, Came> {
        let results = batch.clone().results(answer.as_ref()).map_err(Came::of_error)?;
        let one = |result: Result<_, _>| result.map_or_else(Came::of_error, Came::Value);
        Ok(results.into_iter().map(one).collect())
    }

    /// So many calls.
    fn calls(count: usize) -> Batch {
        let mut batch = Batch::default();
        for _ in 0..count {
            batch.call("sample.echo", &["soup".into()]);
        }
        batch
    }

    fn sent(batch: &Batch) -> Json {
        serde_json::from_str(&batch.encode().expect("there is something to be sent")).unwrap()
    }

    fn result(id: impl Into<Json>, result: impl Into<Json>) -> Json {
        json!({ "jsonrpc": "2.0", "result": result.into(), "id": id.into() })
    }

    fn fault(id: impl Into<Json>, code: i64) -> Json {
        let error = json!({ "code": code, "message": "no" });
        json!({ "jsonrpc": "2.0", "error": error, "id": id.into() })
    }

    /// What comes of so many calls when these are the answers.
    fn answered(count: usize, answers: impl IntoIterator<Item = Json>) -> Result<Vec<Came>, Came> {
        results(&calls(count), Json::Array(answers.into_iter().collect()).to_string())
    }

    #[test]
    fn calls_have_ids_from_1_and_notifications_none_in_the_order_in_which_they_were_added() {
        let mut seed = Seed::new();
        let words = seed.words(4);
        let [a, b, c, d] = &words[..] else { unreachable!("four were asked for") };
        let mut batch = Batch::default();
        batch.notify(a, &[]);
        assert_eq!(batch.call(b, &[Value::Int(1), c.as_str().into()]), 0);
        batch.notify(c, &[Value::Nil]);
        assert_eq!(batch.call(d, &[]), 1);
        assert_eq!(
            sent(&batch),
            json!([
                { "jsonrpc": "2.0", "method": a, "params": [] },
                { "jsonrpc": "2.0", "method": b, "params": [1, c], "id": 1 },
                { "jsonrpc": "2.0", "method": c, "params": [null] },
                { "jsonrpc": "2.0", "method": d, "params": [], "id": 2 },
            ])
        );
    }

    #[test]
    fn one_call_is_an_array_too_and_none_is_nothing() {
        assert_eq!(Batch::default().encode(), None);
        assert_eq!(sent(&calls(1)).as_array().map(Vec::len), Some(1));
        let mut batch = Batch::default();
        batch.notify("sample.echo", &[]);
        assert_eq!(sent(&batch).as_array().map(Vec::len), Some(1));
    }

    #[test]
    fn each_answer_is_for_its_call_whatever_the_order() {
        let mut seed = Seed::new();
        for count in [1, 2, 3, 50] {
            let words = seed.words(count);
            let expected: Vec<_> = words.iter().map(|word| came(word.as_str())).collect();
            let mut answers: Vec<_> =
                words.iter().enumerate().map(|(place, word)| result(place + 1, &**word)).collect();
            for _ in 0..3 {
                assert_eq!(answered(count, answers.clone()), Ok(expected.clone()));
                answers.reverse();
                let (a, b) = (seed.number(0..=count - 1), seed.number(0..=count - 1));
                answers.swap(a, b);
            }
        }
    }

    #[test]
    fn a_fault_is_for_its_call_alone() {
        let answers = [fault(2, -32601), result(3, 7), result(1, "soup")];
        let fault = Came::Fault(-32601, "no".to_owned());
        assert_eq!(answered(3, answers), Ok(vec![came("soup"), fault, came(7)]));
    }

    #[test]
    fn nil_is_a_result() {
        assert_eq!(answered(1, [result(1, Json::Null)]), Ok(vec![came(Value::Nil)]));
        // Which is not the same as none.
        let none = json!({ "jsonrpc": "2.0", "id": 1 });
        assert_eq!(answered(1, [none]), Ok(vec![Nothing]));
    }

    #[test]
    fn a_call_without_an_answer_has_none_and_the_others_have_theirs() {
        assert_eq!(
            answered(3, [result(3, 30), result(1, 10)]),
            Ok(vec![came(10), Nothing, came(30)])
        );
        assert_eq!(answered(2, []), Ok(vec![Nothing, Nothing]));
    }

    #[test]
    fn of_two_answers_for_one_call_neither_counts() {
        let twice = [result(1, 10), result(2, 20), result(1, 11), result(3, 30)];
        assert_eq!(answered(3, twice), Ok(vec![Nothing, came(20), came(30)]));
        // Nor of three, nor if they say the same, nor if one is a fault or malformed.
        for others in [
            vec![result(1, 11), result(1, 12)],
            vec![result(1, 10)],
            vec![fault(1, 1)],
            vec![json!({ "id": 1 })],
        ] {
            let answers = [vec![result(1, 10)], others.clone(), vec![result(2, 20)]].concat();
            assert_eq!(answered(2, answers.clone()), Ok(vec![Nothing, came(20)]), "{others:?}");
            assert_eq!(answered(2, answers.into_iter().rev()), Ok(vec![Nothing, came(20)]));
        }
    }

    #[test]
    fn an_id_that_no_call_has_is_of_another_batch() {
        let far = json!(u64::MAX);
        for id in
            [json!(0), json!(3), json!(-1), far, json!("1"), json!(1.5), json!([1]), json!(true)]
        {
            let answers = [result(1, 10), result(2, 20), result(id.clone(), 30)];
            assert_eq!(answered(2, answers.clone()), Err(Nothing), "{id}");
            assert_eq!(answered(2, answers.into_iter().rev()), Err(Nothing), "{id}");
            assert_eq!(answered(2, [fault(id.clone(), 1)]), Err(Nothing), "{id}");
        }
        // Notifications have no ids that one could answer.
        let mut batch = Batch::default();
        batch.notify("sample.echo", &[]);
        assert_eq!(results(&batch, json!([result(1, 1)]).to_string()), Err(Nothing));
    }

    #[test]
    fn a_fault_with_the_id_null_is_passed_over() {
        let answers = [fault(Json::Null, -32600), result(2, 20), fault(Json::Null, -32600)];
        assert_eq!(answered(2, answers), Ok(vec![Nothing, came(20)]));
        // A result would have an id; and without any, it is no answer.
        assert_eq!(answered(1, [result(1, 10), result(Json::Null, 20)]), Err(Nothing));
        let error = json!({ "code": 1, "message": "no" });
        let without = json!({ "jsonrpc": "2.0", "error": error });
        assert_eq!(answered(1, [result(1, 10), without]), Err(Nothing));
    }

    #[test]
    fn a_malformed_answer_is_none_for_its_call_alone() {
        let no = json!({ "code": 1, "message": "no" });
        let mut deep = json!([]);
        (0..MAX_DEPTH).for_each(|_| deep = json!([deep]));
        for answer in [
            json!({ "id": 1, "result": 10 }),
            json!({ "jsonrpc": 2.0, "id": 1, "result": 10 }),
            json!({ "jsonrpc": "1.0", "id": 1, "result": 10 }),
            json!({ "jsonrpc": "2.0", "id": 1, "result": 10, "error": no }),
            json!({ "jsonrpc": "2.0", "id": 1, "result": null, "error": no }),
            json!({ "jsonrpc": "2.0", "id": 1, "error": null }),
            json!({ "jsonrpc": "2.0", "id": 1, "error": "no" }),
            json!({ "jsonrpc": "2.0", "id": 1, "error": { "code": 1 } }),
            json!({ "jsonrpc": "2.0", "id": 1, "error": { "message": "no" } }),
            json!({ "jsonrpc": "2.0", "id": 1, "error": { "code": "1", "message": "no" } }),
            json!({ "jsonrpc": "2.0", "id": 1, "error": { "code": 1_i64 << 31, "message": "no" } }),
            result(1, u64::MAX),
            result(1, deep),
        ] {
            let came = answered(2, [answer.clone(), result(2, 20)]);
            assert_eq!(came, Ok(vec![Nothing, self::came(20)]), "{answer}");
        }
    }

    #[test]
    fn a_fault_that_stands_alone_is_for_all_of_them() {
        let refused = Err(Came::Fault(-32600, "no".to_owned()));
        let error = json!({ "code": -32600, "message": "no" });
        let without_id = json!({ "jsonrpc": "2.0", "error": error });
        for answer in [fault(Json::Null, -32600), without_id] {
            assert_eq!(results(&calls(2), answer.to_string()), refused);
            // Nor is it lost on those who expect no answers.
            assert_eq!(results(&calls(0), answer.to_string()), refused);
        }
    }

    #[test]
    fn what_is_no_array_of_answers_is_none_for_all_of_them() {
        for answer in [
            "",
            " ",
            "soup",
            "null",
            "7",
            "\"soup\"",
            "{}",
            "[",
            "[1]",
            "[null]",
            "[[]]",
            "[{}]",
            r#"[{"jsonrpc": "2.0", "result": 10}]"#,
            r#"[{"jsonrpc": "2.0", "result": 10, "id": 1}] []"#,
            r#"{"jsonrpc": "2.0", "result": 10}"#,
            r#"{"jsonrpc": "2.0", "result": 10, "id": null}"#,
            r#"{"jsonrpc": "2.0", "result": 10, "id": 1}"#,
            r#"{"jsonrpc": "2.0", "error": {"code": 1, "message": "no"}, "id": 1}"#,
            r#"{"error": {"code": 1, "message": "no"}, "id": null}"#,
            r#"{"jsonrpc": "2.0", "error": {"code": 1}, "id": null}"#,
        ] {
            assert_eq!(results(&calls(1), answer), Err(Nothing), "{answer}");
        }
        assert_eq!(results(&calls(1), b"[\"\xff\"]"), Err(Nothing));
    }

    #[test]
    fn notifications_alone_have_no_answers() {
        let mut batch = Batch::default();
        batch.notify("sample.echo", &[]);
        batch.notify("sample.echo", &[]);
        assert_eq!(results(&batch, ""), Ok(Vec::new()));
        assert_eq!(results(&batch, "[]"), Ok(Vec::new()));
        assert_eq!(results(&Batch::default(), ""), Ok(Vec::new()));
        assert_eq!(results(&batch, "soup"), Err(Nothing));
        // With a call among them, there is one.
        batch.call("sample.echo", &[]);
        assert_eq!(results(&batch, ""), Err(Nothing));
    }

    #[test]
    fn the_chapters_server_answers_it() {
        let mut seed = Seed::new();
        let mut procedures = Procedures::default();
        add_samples(&mut procedures);
        let (a, b) = (seed.number(1..=1000) as i64, seed.number(1..=1000) as i64);
        let mut batch = Batch::default();
        let sum = batch.call("sample.add", &[a.into(), b.into()]);
        batch.notify("sample.divide", &[a.into(), 0.into()]);
        let quotient = batch.call("sample.divide", &[a.into(), 0.into()]);
        let echo = batch.call("sample.echo", &[vec![a.into(), Value::Nil].into()]);
        let answer = answer_json(&procedures, batch.encode().unwrap().as_bytes()).unwrap();
        let results = results(&batch, answer.to_string()).unwrap();
        assert_eq!(results.len(), 3);
        assert_eq!(results[sum], came(a + b));
        assert!(matches!(results[quotient], Came::Fault(1, _)), "{:?}", results[quotient]);
        assert_eq!(results[echo], came(vec![a.into(), Value::Nil]));
    }
}
