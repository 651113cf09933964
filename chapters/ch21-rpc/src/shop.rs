use crate::{App, Fault, Kind, Procedure, Procedures, Value, escape_html, get, rpc};
use anyhow::Result;
use ch18::Response;
use std::fmt::Write;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many orders are kept.
const MAX_ORDERS: usize = 1000;

/// The longest name of a dish, in bytes.
const MAX_DISH: usize = 100;

/// The code of the fault when there are as many.
const FULL: i32 = 2;

/// The code of the fault for a number that no order has.
const NO_ORDER: i32 = 3;

/// What was ordered, in order.
#[derive(Default)]
struct Shop(Mutex<Vec<String>>);

/// A site with a page for people and procedures for programs, which see and change the same thing.
pub fn shop() -> Result<App> {
    let shop = Arc::new(Shop::default());
    let mut procedures = Procedures::default();
    add_samples(&mut procedures);
    add_orders(&mut procedures, &shop);
    let mut app = App::default();
    app.route("/", get(move |_| Ok(shop.page())))?;
    app.route("/rpc", rpc(procedures))?;
    Ok(app)
}

/// Procedures on which clients are tried.
pub fn add_samples(procedures: &mut Procedures) {
    procedures.add(
        "sample.add",
        Procedure::new("The sum of two numbers.", Kind::Int, |values| {
            let sum = int(&values[0]).checked_add(int(&values[1]));
            Ok(Value::Int(sum.ok_or(Fault::params("the sum is too large"))?))
        })
        .takes("a", Kind::Int)
        .takes("b", Kind::Int),
    );
    procedures.add(
        "sample.divide",
        Procedure::new(
            "How often the second goes into the first. By 0: fault 1.",
            Kind::Int,
            |values| {
                let quotient = int(&values[0]).checked_div(int(&values[1]));
                Ok(Value::Int(quotient.ok_or(Fault::new(1, "that is not to be divided"))?))
            },
        )
        .takes("a", Kind::Int)
        .takes("b", Kind::Int),
    );
    procedures.add(
        "sample.echo",
        Procedure::new("What it is given.", Kind::Any, |mut values| Ok(values.remove(0)))
            .takes("value", Kind::Any),
    );
}

fn add_orders(procedures: &mut Procedures, shop: &Arc<Shop>) {
    let listed = Arc::clone(shop);
    procedures.add(
        "orders.list",
        Procedure::new("What was ordered.", Kind::Array, move |_| {
            let dishes = listed.lock().iter().map(|dish| dish.as_str().into()).collect::<Vec<_>>();
            Ok(dishes.into())
        }),
    );
    let added = Arc::clone(shop);
    let help = "Orders a dish, and returns the number of the order. Fault 2: enough for today.";
    procedures.add(
        "orders.add",
        Procedure::new(help, Kind::Int, move |mut values| {
            let mut dishes = added.lock();
            if dishes.len() >= MAX_ORDERS {
                return Err(Fault::new(FULL, "enough for today").into());
            }
            dishes.push(dish(values.remove(0))?);
            Ok(Value::Int(dishes.len() as i64))
        })
        .takes("dish", Kind::Text),
    );
    let changed = Arc::clone(shop);
    let help =
        "Orders another dish in the place of one, and returns that one. Fault 3: there is none.";
    procedures.add(
        "orders.change",
        Procedure::new(help, Kind::Text, move |mut values| {
            let mut dishes = changed.lock();
            let place =
                int(&values[0]).checked_sub(1).and_then(|place| usize::try_from(place).ok());
            let ordered = place.and_then(|place| dishes.get_mut(place));
            let ordered = ordered.ok_or(Fault::new(NO_ORDER, "there is no such order"))?;
            Ok(Value::Text(mem::replace(ordered, dish(values.remove(1))?)))
        })
        .takes("number", Kind::Int)
        .takes("dish", Kind::Text),
    );
}

/// The number in a value of which it was seen to that it is one.
fn int(value: &Value) -> i64 {
    match value {
        Value::Int(number) => *number,
        _ => 0,
    }
}

/// The name of a dish.
///
/// What one client orders, all others are told, in whatever language they ask. XML cannot hold
/// control characters: with one of them in the list nobody could read it there any more.
fn dish(value: Value) -> Result<String, Fault> {
    match value {
        Value::Text(dish) if dish.len() > MAX_DISH || dish.chars().any(char::is_control) => {
            Err(Fault::params("a dish has 100 bytes at most, and no control characters"))
        }
        Value::Text(dish) => Ok(dish),
        other => Err(Fault::params(format_args!("a dish is text, and no {}", other.kind()))),
    }
}

impl Shop {
    fn page(&self) -> Response {
        let mut list = String::new();
        for dish in &*self.lock() {
            // Writing to a text cannot fail.
            let _ = writeln!(list, "<li>{}</li>", escape_html(dish));
        }
        Response::html(format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Orders</title>\n\
             <h1>Orders</h1>\n<ol>\n{list}</ol>\n\
             <p><a href=\"/rpc\">What programs can call</a></p>\n</html>\n"
        ))
    }

    // Nothing panics while it is locked.
    fn lock(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
