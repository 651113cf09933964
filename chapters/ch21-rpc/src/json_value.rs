use crate::{Fault, MAX_DEPTH, Value};
use data_encoding::BASE64;
use serde_json::{Number, Value as Json};

/// What JSON has of a value. There are no dates and no bytes in it: they become text, as
/// XML-RPC writes them, and do not come back. A double that is no number, or infinite, becomes
/// null.
pub fn to_json(value: &Value) -> Json {
    match value {
        Value::Nil => Json::Null,
        Value::Bool(answer) => (*answer).into(),
        Value::Int(number) => (*number).into(),
        // Not finite: nothing says that in JSON.
        Value::Double(number) => Number::from_f64(*number).map_or(Json::Null, Json::Number),
        Value::Text(text) => text.as_str().into(),
        Value::Time(time) => time.format("%Y%m%dT%H:%M:%S").to_string().into(),
        Value::Bytes(bytes) => BASE64.encode(bytes).into(),
        Value::Array(values) => values.iter().map(to_json).collect(),
        Value::Struct(fields) => Json::Object(
            fields.iter().map(|(name, value)| (name.clone(), to_json(value))).collect(),
        ),
    }
}

/// What a value in JSON is here.
///
/// A whole number that only 64 bits without a sign could hold is a fault, and not another number
/// that is near. A larger one has come here as a double. Values that are nested deeper than
/// [`MAX_DEPTH`] are a fault too.
pub fn from_json(json: Json) -> Result<Value, Fault> {
    convert(json, MAX_DEPTH)
}

fn convert(json: Json, depth: usize) -> Result<Value, Fault> {
    let depth = depth.checked_sub(1);
    let depth = depth.ok_or_else(|| Fault::params("the values are nested too deeply"))?;
    Ok(match json {
        Json::Null => Value::Nil,
        Json::Bool(answer) => Value::Bool(answer),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Value::Int(whole),
            (None, Some(double)) if number.is_f64() => Value::Double(double),
            _ => return Err(Fault::params(format_args!("{number} is too large"))),
        },
        Json::String(text) => Value::Text(text),
        Json::Array(values) => {
            let values = values.into_iter().map(|value| convert(value, depth));
            Value::Array(values.collect::<Result<_, _>>()?)
        }
        Json::Object(fields) => {
            let fields = fields.into_iter();
            let fields = fields.map(|(name, value)| Ok((name, convert(value, depth)?)));
            Value::Struct(fields.collect::<Result<_, Fault>>()?)
        }
    })
}
