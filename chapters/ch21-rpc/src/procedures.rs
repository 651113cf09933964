use crate::{Fault, Kind, Traceback, Value, catch_panic, log};
use anyhow::Result;
use std::collections::BTreeMap;

/// How many calls a `system.multicall` makes.
pub const MAX_CALLS: usize = 100;

/// What a call brings along.
#[derive(Clone, Debug, PartialEq)]
pub enum Arguments {
    /// One after the other.
    InOrder(Vec<Value>),
    /// By their names, as JSON-RPC can.
    ByName(BTreeMap<String, Value>),
}

/// A function that clients call, and what it says about itself.
pub struct Procedure {
    /// A sentence or more, for people.
    pub help: String,
    /// The names of its parameters, and what they are.
    pub parameters: Vec<(&'static str, Kind)>,
    /// What it returns.
    pub returns: Kind,
    function: Function,
}

enum Function {
    /// Somebody's code.
    Own(Box<dyn Fn(Vec<Value>) -> Result<Value> + Send + Sync>),
    /// One that looks at all procedures.
    System(fn(&Procedures, Vec<Value>) -> Result<Value, Fault>),
}

/// Functions that clients call by their names, in whatever language.
pub struct Procedures(BTreeMap<String, Procedure>);

impl Procedure {
    /// A function without parameters.
    ///
    /// It is given as many values as it has parameters, each of the kind that was
    /// [said](Self::takes). A [`Fault`] that it returns is told to the client as it is. What any
    /// other error or a panic says is nobody's business: it is logged, and the client is told that
    /// there was one.
    pub fn new(
        help: &str,
        returns: Kind,
        function: impl Fn(Vec<Value>) -> Result<Value> + Send + Sync + 'static,
    ) -> Self {
        Self::with(help, returns, Function::Own(Box::new(function)))
    }

    fn with(help: &str, returns: Kind, function: Function) -> Self {
        Self { help: help.to_owned(), parameters: Vec::new(), returns, function }
    }

    /// The same with one more parameter.
    #[must_use]
    pub fn takes(mut self, name: &'static str, kind: Kind) -> Self {
        self.parameters.push((name, kind));
        self
    }
}

impl Default for Procedures {
    /// Those that tell of the others:
    ///
    /// | name | what it returns |
    /// |---|---|
    /// | `system.listMethods` | all names |
    /// | `system.methodHelp` | what one is for |
    /// | `system.methodSignature` | what one returns and takes, as a list of one list |
    /// | `system.multicall` | what many return, of which each may fail |
    ///
    /// A multicall is [`MAX_CALLS`] calls at most, and none of them is a multicall.
    fn default() -> Self {
        let mut procedures = Self(BTreeMap::new());
        let mut add = |name, help, parameter: Option<_>, returns, function| {
            let mut procedure = Procedure::with(help, returns, Function::System(function));
            procedure.parameters.extend(parameter);
            procedures.add(name, procedure);
        };
        let name = Some(("name", Kind::Text));
        let help = "The names of all procedures.";
        add("system.listMethods", help, None, Kind::Array, Self::list);
        let help = "What a procedure is for.";
        add("system.methodHelp", help, name, Kind::Text, Self::help);
        let help = "What a procedure returns and takes, as a list of lists.";
        add("system.methodSignature", help, name, Kind::Array, Self::signature);
        let help = "Makes several calls; each is a struct of methodName and params.";
        add("system.multicall", help, Some(("calls", Kind::Array)), Kind::Array, Self::multicall);
        procedures
    }
}

impl Procedures {
    /// Adds one, in the place of what had that name.
    pub fn add(&mut self, name: &str, procedure: Procedure) {
        self.0.insert(name.to_owned(), procedure);
    }

    /// All of them by their names, in the order of these.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Procedure)> {
        self.0.iter().map(|(name, procedure)| (name.as_str(), procedure))
    }

    /// Calls one.
    ///
    /// If there is none of that name, the fault is [`Fault::METHOD`]; if the arguments are too few
    /// or too many, or not of the right kinds or names, [`Fault::PARAMS`]. A [`Fault`] of the
    /// function is returned as it is; if it fails otherwise, or panics, that is logged, and the
    /// fault is [`Fault::INTERNAL`].
    pub fn call(&self, name: &str, arguments: Arguments) -> Result<Value, Fault> {
        let procedure = self.find(name)?;
        let values = in_order(&procedure.parameters, arguments)?;
        match &procedure.function {
            Function::System(function) => function(self, values),
            Function::Own(function) => run(name, function, values),
        }
    }

    fn find(&self, name: &str) -> Result<&Procedure, Fault> {
        let unknown = || Fault::new(Fault::METHOD, format_args!("there is no procedure {name}"));
        self.0.get(name).ok_or_else(unknown)
    }

    fn list(&self, _: Vec<Value>) -> Result<Value, Fault> {
        Ok(self.0.keys().map(|name| name.as_str().into()).collect::<Vec<Value>>().into())
    }

    fn help(&self, values: Vec<Value>) -> Result<Value, Fault> {
        Ok(self.find(&text(values))?.help.as_str().into())
    }

    fn signature(&self, values: Vec<Value>) -> Result<Value, Fault> {
        let Procedure { parameters, returns, .. } = self.find(&text(values))?;
        let kinds = [returns].into_iter().chain(parameters.iter().map(|(_, kind)| kind));
        let kinds: Vec<Value> = kinds.map(|kind| kind.to_string().into()).collect();
        Ok(vec![kinds.into()].into())
    }

    /// Makes several calls. One that fails does not keep the others from being made: in the place
    /// of its result, which would be a list of one, there is the fault as a struct.
    fn multicall(&self, mut values: Vec<Value>) -> Result<Value, Fault> {
        let Some(Value::Array(calls)) = values.pop() else {
            return Err(Fault::params("a list of calls is wanted"));
        };
        if calls.len() > MAX_CALLS {
            return Err(Fault::params(format_args!("more than {MAX_CALLS} calls")));
        }
        let results = calls.into_iter().map(|call| match self.call_of_many(call) {
            Ok(value) => Value::Array(vec![value]),
            Err(Fault { code, text }) => Value::of_fields([
                ("faultCode", Value::Int(code.into())),
                ("faultString", Value::Text(text)),
            ]),
        });
        Ok(Value::Array(results.collect()))
    }

    fn call_of_many(&self, call: Value) -> Result<Value, Fault> {
        let Value::Struct(mut fields) = call else {
            return Err(Fault::params("a call is a struct"));
        };
        match (fields.remove("methodName"), fields.remove("params")) {
            (Some(Value::Text(name)), _) if name == "system.multicall" => {
                // Each of them could hold as many again.
                Err(Fault::params("no multicall in a multicall"))
            }
            (Some(Value::Text(name)), Some(Value::Array(values))) => {
                self.call(&name, Arguments::InOrder(values))
            }
            _ => Err(Fault::params("a call is a struct of methodName and params")),
        }
    }
}

/// The arguments in the order of the parameters, each of the right kind.
fn in_order(parameters: &[(&str, Kind)], arguments: Arguments) -> Result<Vec<Value>, Fault> {
    let values = match arguments {
        Arguments::InOrder(values) => values,
        Arguments::ByName(mut fields) => {
            let take = |(name, _): &(&str, Kind)| {
                let missing = || Fault::params(format_args!("{name} is missing"));
                fields.remove(*name).ok_or_else(missing)
            };
            let values = parameters.iter().map(take).collect::<Result<Vec<_>, _>>()?;
            if let Some(name) = fields.keys().next() {
                return Err(Fault::params(format_args!("there is no parameter {name}")));
            }
            values
        }
    };
    if values.len() != parameters.len() {
        let (wanted, given) = (parameters.len(), values.len());
        return Err(Fault::params(format_args!("{wanted} arguments are wanted, and not {given}")));
    }
    let right = |(value, (name, kind)): (Value, &(&str, Kind))| {
        value
            .into_kind(*kind)
            .map_err(|fault| Fault::params(format_args!("{name}: {}", fault.text)))
    };
    values.into_iter().zip(parameters).map(right).collect()
}

fn run(
    name: &str,
    function: impl Fn(Vec<Value>) -> Result<Value>,
    values: Vec<Value>,
) -> Result<Value, Fault> {
    let traceback = match catch_panic(|| function(values)) {
        Ok(Ok(value)) => return Ok(value),
        Ok(Err(error)) => match error.downcast::<Fault>() {
            Ok(fault) => return Err(fault),
            Err(error) => Traceback::of_error(&error),
        },
        Err(panic) => Traceback::of_panic(&panic),
    };
    log(format_args!("{name}\n{traceback}"));
    Err(Fault::new(Fault::INTERNAL, "the procedure has failed"))
}

/// The one argument of a procedure that takes text: that it is one, was seen to.
fn text(mut values: Vec<Value>) -> String {
    match values.pop() {
        Some(Value::Text(text)) => text,
        _ => String::new(),
    }
}
